"""The web door: live pages for people; the HTTP interface for programs is `services.api`."""
