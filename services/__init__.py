"""The decisions and the doors: commands come in, events are decided, reactions follow."""
