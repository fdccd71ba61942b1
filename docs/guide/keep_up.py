#!/usr/bin/env python3
"""Prints each version of the caller's tickets once, as `id version status`.

Later runs print the changes since.

Usage: EPISSURE_TOKEN=... keep_up.py BASE_URL STATE_FILE

Tickets of the same millisecond, and changes that were committed late, are not lost: each run
fetches the last minutes of the previous run again (`lastUpdateDate[gte]`), and skips the versions
that it has printed.
"""

import json
import os
import re
import sys
import urllib.parse
import urllib.request
from datetime import datetime, timedelta, timezone

# Longer than the time limit of a request: no change is committed later than this after its
# lastUpdateDate.
OVERLAP = timedelta(minutes=5)
NEXT = re.compile(r'<([^>]*)>; rel="next"')


def get(url, token):
    """Returns one page, and the address of the next one."""
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
    with urllib.request.urlopen(request) as answer:
        following = NEXT.search(answer.headers.get("Link", ""))
        return json.load(answer), following and following.group(1)


def instant(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def poll(base, token, state):
    """Prints new versions; stores the last date and the versions within the overlap in the state."""
    query = {"sort": "lastUpdateDate", "limit": 100, "fields": "id,@version,status,lastUpdateDate"}
    if state["last"]:
        start = instant(state["last"]) - OVERLAP
        query["lastUpdateDate[gte]"] = start.astimezone(timezone.utc).isoformat(timespec="milliseconds")
    url = f"{base}/api/v2/anomalie-adresse?{urllib.parse.urlencode(query)}"
    while url:
        page, url = get(url, token)
        for ticket in page:
            version, date = ticket["@version"], ticket["lastUpdateDate"]
            known = state["seen"].get(ticket["id"])
            if not known or known[0] != version:
                print(ticket["id"], version, ticket["status"])
            state["seen"][ticket["id"]] = [version, date]
            if not state["last"] or instant(date) > instant(state["last"]):
                state["last"] = date
    if state["last"]:
        start = instant(state["last"]) - OVERLAP
        state["seen"] = {id: seen for id, seen in state["seen"].items() if instant(seen[1]) >= start}


def main(base, path):
    state = {"last": None, "seen": {}}
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            state = json.load(file)
    poll(base.rstrip("/"), os.environ["EPISSURE_TOKEN"], state)
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(path + ".new", path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
