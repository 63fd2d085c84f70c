"""A cluster of one node on the loopback device: munged, slurmctld and slurmd with everything in one folder."""
import getpass
import os
import shutil
import socket
import subprocess
import time

DAEMONS = ["munged", "slurmctld", "slurmd"]
CLIENTS = ["sbatch", "srun", "scontrol", "sinfo"]
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"


class CannotStart(Exception):
    """Why there is no cluster here."""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def configuration(folder):
    """slurm.conf. A requeued job waits for the credentials of its last start to expire: 20 seconds instead of 120."""
    user, node = getpass.getuser(), socket.gethostname().split(".")[0]
    return f"""
ClusterName=acrtc
SlurmctldHost={node}(127.0.0.1)
SlurmctldPort={free_port()}
SlurmdPort={free_port()}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=20
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2
ReturnToService=2
NodeName={node} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes={node} Default=YES MaxTime=INFINITE State=UP
"""


class Cluster:
    """Lives from its making, which throws CannotStart, to stop()."""

    def __init__(self, folder):
        missing = [name for name in DAEMONS + CLIENTS if not shutil.which(name, path=PATH)]
        if missing:
            raise CannotStart("not installed: " + ", ".join(missing))
        self.folder, self.daemons = folder, []
        self.environment = {**os.environ, "PATH": PATH, "SLURM_CONF": str(folder / "slurm.conf")}
        folder.chmod(0o755)  # what munged asks of its socket's folder
        for name in ("state", "spool"):
            (folder / name).mkdir()
        (folder / "slurm.conf").write_text(configuration(folder), encoding="utf-8")
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        try:
            self.start("munged", "--foreground", f"--key-file={key}", f"--socket={folder}/munge.socket",
                       f"--pid-file={folder}/munged.pid", f"--seed-file={folder}/munge.seed",
                       f"--log-file={folder}/munged.log")
            self.wait_for(lambda: (folder / "munge.socket").exists(), "munged")
            self.start("slurmctld", "-D")
            self.start("slurmd", "-D")
            self.wait_for(lambda: "idle" in self.ask("sinfo", "--noheader", "--format=%T"), "slurmd")
        except CannotStart:
            self.stop()
            raise

    def start(self, name, *arguments):
        with open(self.folder / f"{name}.out", "w", encoding="utf-8") as out:
            self.daemons.append(subprocess.Popen([shutil.which(name, path=PATH), *arguments], env=self.environment,
                                                 stdout=out, stderr=out))

    def wait_for(self, condition, name):
        deadline = time.monotonic() + 30
        while not condition():
            said = (self.folder / f"{name}.out").read_text(encoding="utf-8")[-300:]
            if any(daemon.poll() is not None for daemon in self.daemons) or time.monotonic() > deadline:
                raise CannotStart(f"{name} does not come up: {said}")
            time.sleep(0.2)

    def ask(self, *command):
        """What a client prints; nothing where it fails."""
        return subprocess.run(command, env=self.environment, text=True, capture_output=True, check=False).stdout

    def submit(self, *arguments, cwd):
        """The job's number."""
        return subprocess.run(["sbatch", "--parsable", *map(str, arguments)], cwd=cwd, env=self.environment,
                              check=True, text=True, capture_output=True).stdout.strip()

    def job(self, number):
        """What Slurm knows of a job, by key."""
        words = self.ask("scontrol", "--oneliner", "show", "job", number).split()
        return dict(word.split("=", 1) for word in words if "=" in word)

    def stop(self):
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(timeout=20)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait()
