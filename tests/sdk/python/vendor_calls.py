"""What the vendor's own SDK says of each call: body, answer and query, read from the classes that the vendor generated."""

import importlib
import inspect
import re
from dataclasses import dataclass

APIS = ["analytics", "conversations", "external_contacts", "organization", "recording", "tokens", "web_deployments", "web_messaging"]


@dataclass
class VendorCall:
    method: str
    template: str
    body: str | None  # The kind of its body, as the SDK writes its types; None without one.
    answer: str | None
    query: dict  # The kind of each value by its name.

    def is_at(self, path):
        return re.fullmatch(re.sub(r"\\{[^{}]*\\}", "[^/]+", re.escape(self.template)), path)


def all_calls():
    """Every call of the vendor's that the console has to do with, those without a variable in their path first."""
    found = []
    for api in APIS:
        module = importlib.import_module(f"PureCloudPlatformClientV2.apis.{api}_api")
        for source in inspect.getsource(module).split("\n    def ")[1:]:
            if template := re.search(r"resource_path = '([^']+)'", source):
                found.append(one_call(template[1], source))
    return sorted(found, key=lambda call: call.template.count("{"))


def one_call(template, source):
    kinds = {name: kind for kind, name in re.findall(r":param (.+?) (\w+): ", source)}
    names = re.findall(r"query_params\['([^']+)'\] = params\['([^']+)'\]", source)
    answer = re.search(r"response_type='([^']+)'", source)
    method = re.search(r"call_api\(resource_path, '(\w+)'", source)[1]
    query = {name: kinds.get(variable, "str") for name, variable in names}
    return VendorCall(method, template, kinds.get("body"), answer and answer[1], query)


def call_at(calls, method, path):
    """The vendor's call for a request; None where the vendor has none."""
    return next((call for call in calls if call.method == method and call.is_at(path)), None)
