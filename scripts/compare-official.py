"""Runs calls through the official Baostock client, redirected to another endpoint, and prints each result as one JSON line.

Standard input: {"host": …, "port": …, "user": …, "password": …, "calls": [{"method": …, "values": […]}, …]}.
The client is imported from the path. Whatever it prints goes to standard error. Without pandas, which only its DataFrames
need, an empty module stands in.
"""

import json
import socket
import sys
import types


def redirect(host, port):
    real = socket.socket.connect

    def connect(self, address):
        return real(self, (host, port))

    socket.socket.connect = connect


def result_of(client, call):
    function = getattr(client, call["method"], None)
    if function is None:
        return {"absent": True}
    try:
        result = function(*call["values"])
        if result is None:
            return {"nothing": True}
        rows = []
        while result.error_code == "0" and result.next():
            rows.append(result.get_row_data())
        return {"code": result.error_code, "text": result.error_msg, "fields": list(result.fields or []), "rows": rows}
    except Exception as error:
        return {"raised": f"{type(error).__name__}: {error}"}


def main():
    asked = json.load(sys.stdin)
    out, sys.stdout = sys.stdout, sys.stderr
    try:
        import pandas  # noqa: F401
    except ImportError:
        sys.modules["pandas"] = types.ModuleType("pandas")
        sys.modules["pandas"].DataFrame = list
    redirect(asked["host"], asked["port"])
    import baostock as client

    socket.setdefaulttimeout(60)
    login = client.login(asked["user"], asked["password"])
    print(json.dumps({"version": getattr(client, "__version__", "?"), "login": login.error_code}), file=out, flush=True)
    if login.error_code == "0":
        for call in asked["calls"]:
            print(json.dumps(result_of(client, call)), file=out, flush=True)
        client.logout()


main()
