"""Runs LocalStack without docker, on loopback: functions are Node processes, DynamoDB comes from Maven.

LocalStack expects its own image around it. What is replaced here is what it would otherwise take from there or download.
Settings: the environment, set by start-localstack.ts.
"""

import _thread
import functools
import os
import sys
import threading

if sys.version_info < (3, 13):
    # LocalStack annotates `threading.Lock | None`; before 3.13, Lock is a function, which `|` refuses.
    threading.Lock = type("Lock", (), {"__new__": lambda cls: _thread.allocate_lock()})

from localstack.services.lambda_.invocation import runtime_executor

from node_executor import NodeExecutor

# Before anything imports the function by name.
runtime_executor.get_runtime_executor = lambda: NodeExecutor

from localstack.services.dynamodb import server as dynamodb
from localstack.utils.common import TMP_THREADS, ShellCommandThread
from twisted.internet import endpoints


def start_dynamodb_local(self):
    libraries = os.environ["SLUICE_DYNAMODB_LOCAL"]
    command = ["java", "-Xmx256m", f"-Djava.library.path={libraries}", "-cp", f"{libraries}/*"]
    command += ["com.amazonaws.services.dynamodbv2.local.main.ServerRunner", "-inMemory", "-port", str(self.port)]
    thread = ShellCommandThread(command, name="dynamodb-local", env_vars={"DDB_LOCAL_TELEMETRY": "0"})
    TMP_THREADS.append(thread)  # what LocalStack ends when it stops
    thread.start()
    return thread


def main():
    dynamodb.DynamodbServer.do_start_thread = start_dynamodb_local
    # LocalStack takes the port from GATEWAY_LISTEN, and ignores the address.
    endpoints.TCP4ServerEndpoint = functools.partial(endpoints.TCP4ServerEndpoint, interface="127.0.0.1")
    from localstack.runtime.main import main as run

    run()


if __name__ == "__main__":
    main()
