"""What no platform should answer, and some day one does: odd pauses, and bodies that are not what they say they are."""

ODD_PAUSES = ("nan", "inf", "-inf", "-5", "1e400", "9" * 400, "", " ", "٣٠", "12 seconds", "0x10", "1_000", "+7")
"""Of `Retry-After`."""

ODD_BODIES = (
    b"",
    b"null",
    b"5",
    b'"yes"',
    b"[]",
    b"[1, 2]",
    b"{}",
    b'{"ok": true}',
    b'{"ok": true, "ts": null, "channel": {}}',
    b'{"ok": NaN}',
    b'{"ok": false, "error": null}',
    b'{"ok": false, "error": {"code": ["a"]}}',
    b'{"ok": false, "error": "\\ud800 \\u0000"}',
    b'{"ok": true, "ts": "\\ud800", "channel": "D0\\u0000"}',
    b'{"ok": true, "ts": "' + b"1" * 200_000 + b'", "channel": "D0"}',
    b'{"id": {"a": [1]}}',
    b'{"id": NaN}',
    b'{"id": "\\ud800"}',
    b'{"id": "' + b"1" * 200_000 + b'"}',
    b'{"error": "not an object"}',
    b'{"error": {"code": ["a"], "message": 7}}',
    b'{"error": {"code": "' + b"x" * 200_000 + b'"}}',
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"\xff\xfe\x00",
    b"<html>Bad gateway</html>",
)
KINDS_OF_BODY = ("application/json", "text/html", "application/octet-stream", "application/json; charset=x-unknown")
