"""The official Python SDK: signs in, checks the token, and lists every contact by the scan, or none.

The figures of `cargo xtask bench live list` are taken outside, over the whole process.
Usage: python contacts.py URL all|none
"""

import sys

import PureCloudPlatformClientV2 as sdk

sdk.configuration.host = sys.argv[1].rstrip("/")
client = sdk.api_client.ApiClient().get_client_credentials_token("demo", "demo")
sdk.TokensApi(client).get_tokens_me()
contacts = sdk.ExternalContactsApi(client)
listed, cursor = 0, None
while sys.argv[2] == "all":
    more = {} if cursor is None else {"cursor": cursor}
    page = contacts.get_externalcontacts_scan_contacts(limit=200, **more)
    listed += len(page.entities)
    cursor = page.cursors.after if page.cursors else None
    if not cursor:
        break
print(listed)
