"""What people do: submit, look again, acknowledge, answer, put off, withdraw, hand over, nominate."""
