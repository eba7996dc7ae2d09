"""SCIM 2.0 (RFC 7643, 7644): the council's directory states who works there; what differs waits to be accepted."""
