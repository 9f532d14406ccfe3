"""A Lambda execution environment as a Node process.

One process per environment, kept warm between invocations and frozen in none, which is what differs from Lambda. It is
handed one socket: a line of JSON in for each invocation, a line out for its answer. Its output is the function's log.
"""

import json
import os
import signal
import socket
import subprocess
import threading
import time

from localstack import config
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import RuntimeExecutor

BOOTSTRAP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bootstrap.mjs")
INITIALISATION_SECONDS = 10
# Nothing else of this machine's environment reaches a function.
INHERITED = ("PATH", "HOME", "LANG")


class NodeExecutor(RuntimeExecutor):
    process = None

    def start(self, env_vars):
        self.code = str(self.function_version.config.code.get_unzipped_code_location())
        self.environment = {name: os.environ[name] for name in INHERITED if name in os.environ}
        self.environment.update({name: str(value) for name, value in env_vars.items()})
        self.environment.update({"LAMBDA_TASK_ROOT": self.code, "TZ": "UTC"})
        self._spawn()

    def stop(self):
        self._end()

    def invoke(self, payload):
        if self.process is None:
            self._spawn()
        request = payload["invoke-id"]
        seconds = float(self.environment["AWS_LAMBDA_FUNCTION_TIMEOUT"])
        started = time.time()
        first_line = len(self.log)
        message = {
            "id": request,
            "arn": payload["invoked-function-arn"],
            "deadlineMs": int((started + seconds) * 1000),
            "event": payload["payload"],
        }
        answer = self._exchange(message, seconds)
        logs = self._logs(request, first_line, started)
        if answer is None:
            # Lambda does not use such an environment again either.
            body = self._fatal(request, seconds)
            self._end()
            return InvocationResult(request, json.dumps(body).encode(), True, logs)
        return InvocationResult(request, answer["body"].encode(), answer["failed"], logs)

    def _exchange(self, message, seconds):
        """The answer, or None after a time-out or the end of the process."""
        try:
            self.socket.settimeout(seconds)
            self.socket.sendall(json.dumps(message).encode() + b"\n")
            line = self.answers.readline()
        except (TimeoutError, OSError):
            return None
        return json.loads(line) if line.endswith(b"\n") else None

    def _fatal(self, request, seconds):
        try:
            status = self.process.wait(timeout=0.5)
        except subprocess.TimeoutExpired:
            text = f"RequestId: {request} Error: Task timed out after {seconds:.2f} seconds"
            return {"errorType": "Sandbox.Timedout", "errorMessage": text}
        text = f"RequestId: {request} Error: Runtime exited with status {status}"
        return {"errorType": "Runtime.ExitError", "errorMessage": text}

    def _spawn(self):
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [os.environ["SLUICE_NODE"], BOOTSTRAP, str(theirs.fileno())],
            cwd=self.code,
            env=self.environment,
            pass_fds=(theirs.fileno(),),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        theirs.close()
        self.socket, self.answers, self.log = ours, ours.makefile("rb"), []
        name = self.environment["AWS_LAMBDA_FUNCTION_NAME"]
        threading.Thread(target=self._pump, args=(name, self.process, self.log), daemon=True).start()
        try:
            ours.settimeout(INITIALISATION_SECONDS)
            self.answers.readline()
        except TimeoutError:
            pass  # Lambda, too, goes on initialising within the first invocation.

    @staticmethod
    def _pump(name, process, log):
        with open(os.environ["SLUICE_FUNCTIONS_LOG"], "a", encoding="utf-8") as file:
            for line in process.stdout:
                text = line.decode("utf-8", "replace")
                log.append(text)
                file.write(f"{name}: {text}")
                file.flush()

    def _end(self):
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.answers.close()
        self.socket.close()
        self.process = None

    def _logs(self, request, first_line, started):
        time.sleep(0.005)  # the output comes by another way than the answer
        duration = (time.time() - started) * 1000
        lines = "".join(self.log[first_line:])
        return f"START RequestId: {request}\n{lines}END RequestId: {request}\nREPORT RequestId: {request} Duration: {duration:.2f} ms\n"

    def get_logs(self):
        return "".join(self.log)

    def get_address(self):
        return "127.0.0.1"

    def get_endpoint_from_executor(self):
        return "127.0.0.1"

    def get_runtime_endpoint(self):
        return f"http://127.0.0.1:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version):
        function_version.config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version):
        pass
