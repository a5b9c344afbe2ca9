"""What can be seen: queues, boards, histories and figures, all made from the log and all disposable."""
