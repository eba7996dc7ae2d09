"""What no platform should answer, and some day one does: odd pauses, and bodies that are not what they say they are."""

ODD_PAUSES = ("nan", "inf", "-inf", "-5", "1e400", "9" * 400, "", " ", "٣٠", "12 seconds", "0x10", "1_000", "+7")
"""Of `Retry-After`."""

ODD_DATES = (
    "Wed, 21 Oct 2015 07:28:00 GMT",
    "Fri, 31 Dec 9999 23:59:59 GMT",
    "Fri, 31 Dec 9999 23:59:59 -2359",
    "Mon, 01 Jan 0001 00:00:00 +2359",
    "Wed, 21 Oct 2015 07:28:00 +99999999999999999999",
    "Wed, 21 Oct 99999999999999999999 07:28:00 GMT",
    "Sun Nov  6 08:49:37 1994",
    "5, 7",
)
"""Of `Retry-After` too: a server says itself what day it is."""

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
ODD_MEMBERS = (
    b'{"ok":true,"members":[],"response_metadata":"x"}',
    b'{"ok":true,"members":[],"response_metadata":{"next_cursor":{"a":1}}}',
    b'{"ok":true,"members":[],"response_metadata":{"next_cursor":"again"}}',
    b'{"ok":true,"members":[{"id":1,"profile":"x"}],"user":{"id":1,"profile":"x"}}',
    b'{"ok":true,"members":[{"id":"U9","profile":null}],"user":{"id":"U9","profile":null}}',
    b'{"ok":true,"members":[{"id":"U9\\u0000","profile":{"email":["a"],"real_name":5}}]}',
    b'{"ok":true,"members":[{"id":"U9","profile":{"email":"a\\u0000@council.example"}}]}',
    b'{"ok":true,"members":[{"id":"U9","team_id":"T9","enterprise_user":"x"}]}',
    b'{"ok":true,"members":[{"id":"U9","team_id":"T9","enterprise_user":{"teams":[["a"]]}}]}',
)
"""Of Slack's people, a list and one."""

ODD_USERS = (
    b'{"value":[{"id":5}]}',
    b'{"value":[{"id":"\\u0000a","mail":5,"proxyAddresses":[1,null],"displayName":["x"],"userPrincipalName":{"a":1}}]}',
    b'{"value":[],"@odata.nextLink":5}',
    b'{"value":[],"@odata.nextLink":"http://[::1"}',
    b'{"value":[],"@odata.nextLink":{"a":1}}',
)
"""Of Graph's."""

KINDS_OF_BODY = ("application/json", "text/html", "application/octet-stream", "application/json; charset=x-unknown")
