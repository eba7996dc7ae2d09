"""Who works here: accounts in chats, absences, who can be reached."""
