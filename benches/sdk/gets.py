"""The official Python SDK: signs in, checks the token, and asks for the guests whose ids stand on stdin, one by one.

The figures of `cargo xtask bench client` are taken outside, over the whole process.
Usage: python gets.py PORT < ids
"""

import sys

import PureCloudPlatformClientV2 as sdk

sdk.configuration.host = f"http://127.0.0.1:{sys.argv[1]}"
client = sdk.api_client.ApiClient().get_client_credentials_token("demo", "demo")
headers = {"Accept": "application/json", "Content-Type": "application/json"}


def get(path, params):
    return client.call_api(
        path, "GET", params, {}, headers, response_type="object", auth_settings=["PureCloud OAuth"]
    )


get("/api/v2/tokens/me", {})
ids = sys.stdin.read().split()
for guest_id in ids:
    guest = get("/api/v2/guests/{guestId}", {"guestId": guest_id})
    if guest["id"] != guest_id:
        raise SystemExit(f"asked for {guest_id}, got {guest['id']}")
print(len(ids))
