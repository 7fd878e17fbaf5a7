"""An org in a process of its own, and what it says happened. The control port judges, never the SDK."""

import json
import os
import subprocess
import urllib.request

# The control port is on this machine, whatever the environment says about proxies.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Org:
    """`innkeeper simulator` with these further arguments, and 100 guests, from `with` to its end."""

    running = set()

    def __init__(self, *further):
        ports = ["--listen", "127.0.0.1:0", "--control", "127.0.0.1:0"]
        world = ["--seed", "1", *([] if "--guests" in further else ["--guests", "100"])]
        command = [os.environ["INNKEEPER"], "simulator", *ports, *world, *further]
        self._child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        Org.running.add(self)
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError("the simulator ended without saying where it listens")
        places = json.loads(line)
        self.url, self._control = places["listening"], places["control"]
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        Org.running.discard(self)
        self._child.kill()
        self._child.wait()
        self._child.stdout.close()

    def ledger(self, n=0):
        """Every line, or those above `n`."""
        return [json.loads(line) for line in self._ask(f"/ledger?since={n}").splitlines()]

    def requests_since(self, n):
        return [entry for entry in self.ledger(n) if entry["kind"] == "request"]

    def chats(self):
        """Conversation and guest of each message that came by REST, in order."""
        return [(e["conversationId"], e["guestId"]) for e in self.ledger() if e["kind"] == "message"]

    def stats(self):
        return json.loads(self._ask("/stats"))

    def trouble(self, what, times=1):
        """What becomes of the next request, or of the next few."""
        rule = {"when": {"from": 0, "until": times}, "share": 1, "do": what}
        self._ask("/weather", {"seed": 1, "rules": [rule]})

    def weather(self, rules):
        """What becomes of requests from now on; fair without rules."""
        self._ask("/weather", {"seed": 1, "rules": rules})

    def control(self, path, body):
        """Changes the world behind the client's back."""
        return self._ask(path, body)

    def advance(self, seconds):
        """Moves the org's clock on."""
        self._ask("/clock", {"advanceSeconds": seconds})

    def _ask(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        with _direct.open(urllib.request.Request(self._control + path, data=data, headers=headers)) as answer:
            return answer.read().decode()
