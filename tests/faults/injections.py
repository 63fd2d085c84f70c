"""The faults: what each does to a running job or to what a job left, and how the job must then end."""
import gzip
import shutil
import signal
import subprocess
import time

import job as jobs

# HALF_DONE: while rows are still to come, as a log that is being packed is another file already.
ANY_MOMENT, ONCE_RUNNING, HALF_DONE, BEFORE, AFTER_KILL = "any", "running", "half done", "before", "after"

WRONG_STATUSES = (0, 3, 4, 85)  # of a job that was killed: well, a mistake in the program, hung, left in time


def expect(condition, status, errors):
    assert condition, f"ends with status {status} and says: {errors[-600:]}"


class Fault:
    """Strikes at a random moment. `moment` says of what."""
    moment = ONCE_RUNNING
    ends_well = False  # the job finishes in spite of it
    keeps_log = True  # it does not touch the log itself
    keeps_checkpoints = True  # nor takes away the best one, which may come from before it

    def strike(self, job, rng):
        raise NotImplementedError

    def check_end(self, status, errors):
        """Raises AssertionError unless the job ended as it should. A job that was done before is right, too."""
        expect(status not in WRONG_STATUSES and "internal" not in errors, status, errors)

    def check_resumed(self, errors):
        """Looks at what the resumed run said."""

    def repair(self, folder):
        """Takes away what would break the resumed run as well."""

    def is_refused(self, _status, _errors):
        """True where the resumed run rightly refuses the log, which is then moved away; raises where it should have."""
        return False


class KillRank(Fault):
    moment = ANY_MOMENT

    def strike(self, job, rng):
        ranks = job.rank_processes()
        if ranks:
            jobs.send(signal.SIGKILL, rng.choice(ranks))


class KillLauncher(Fault):
    moment = ANY_MOMENT

    def strike(self, job, rng):
        job.process.kill()

    def check_end(self, status, errors):
        expect(status == -signal.SIGKILL and "internal" not in errors, status, errors)


class Polite(Fault):
    def __init__(self, number):
        self.number = number

    def strike(self, job, rng):
        job.process.send_signal(self.number)

    def check_end(self, status, errors):
        expect(status == 85 and "interrupted" in errors, status, errors)


class Early(Fault):
    """USR1 or USR2 while the ranks start, or later. Only one that the system still loads may die of it."""
    moment = ANY_MOMENT

    def strike(self, job, rng):
        self.number, self.log = rng.choice([signal.SIGUSR1, signal.SIGUSR2]), job.log
        job.process.send_signal(self.number)

    def check_end(self, status, errors):
        killed = status in (-self.number, 128 + self.number) and not self.log.exists()
        expect(killed or (status == 85 and "interrupted" in errors), status, errors)


class Terminate(Fault):
    moment = ANY_MOMENT

    def strike(self, job, rng):
        job.process.send_signal(rng.choice([signal.SIGTERM, signal.SIGINT]))


class StopRank(Fault):
    def strike(self, job, rng):
        ranks = job.rank_processes()
        if ranks:
            job.stopped = rng.choice(ranks)
            jobs.send(signal.SIGSTOP, job.stopped)

    def check_end(self, status, errors):
        expect(status == 4 and "the job hangs: rank " in errors and "in step" in errors, status, errors)


class SlowRank(Fault):
    ends_well = True

    def strike(self, job, rng):
        ranks = job.rank_processes()
        slow = rng.choice(ranks) if ranks else 0
        for _ in range(4):
            if slow in job.rank_processes():
                jobs.send(signal.SIGSTOP, slow)
                time.sleep(0.3)
                jobs.send(signal.SIGCONT, slow)
            time.sleep(0.1)

    def check_end(self, status, errors):
        expect(status == 0, status, errors)


class StopLauncher(Fault):
    """Suspended and woken, as by a user's Ctrl-Z and fg."""
    ends_well = True

    def strike(self, job, rng):
        job.process.send_signal(signal.SIGSTOP)
        time.sleep(rng.random())
        job.process.send_signal(signal.SIGCONT)

    def check_end(self, status, errors):
        expect(status == 0, status, errors)


class SecondJob(Fault):
    """The same command once more, while the first one runs, as a user in a hurry submits it."""
    ends_well = True

    def strike(self, job, rng):
        self.second = jobs.second_of(job)

    def check_end(self, status, errors):
        expect(status == 0, status, errors)
        status, errors = self.second
        expect(status == 0 or (status == 2 and " writes it" in errors), status, errors)


class CheckpointsRemoved(Fault):
    """The folder of the checkpoints goes while the job runs, which makes it anew."""
    ends_well = True
    keeps_checkpoints = False

    def strike(self, job, rng):
        shutil.rmtree(job.folder / "run" / "run.checkpoints", ignore_errors=True)

    def check_end(self, status, errors):
        expect(status == 0 or (status == 2 and "run.checkpoints" in errors), status, errors)


class LogRemoved(Fault):
    """The log goes while the job runs, which gives it its name again and ends."""
    moment = HALF_DONE

    def strike(self, job, rng):
        job.log.unlink()

    def check_end(self, status, errors):
        expect(status == 2 and "others have removed or replaced it" in errors, status, errors)


class LogCutUnderneath(Fault):
    moment = HALF_DONE
    keeps_log = False

    def strike(self, job, rng):
        size = job.log.stat().st_size
        with open(job.log, "r+b") as file:
            file.truncate(rng.randrange(size // 2))

    def check_end(self, status, errors):
        expect(status == 2 and "'run/run.h5' (others have cut" in errors, status, errors)

    def is_refused(self, status, errors):
        return status == 2 and "of 'run/run.h5'" in errors and " is damaged" in errors


class FullDisk(Fault):
    """The log and the checkpoints lie on a small tmpfs, which grows before the run is gone on with."""
    moment = BEFORE

    def strike(self, job, rng):
        size = f"size={rng.randrange(800, 15000)}k"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", job / "run"], check=True)

    def check_end(self, status, errors):
        expect(status == 2 and "acrtc: error: " in errors and "run/run." in errors, status, errors)

    def repair(self, folder):
        subprocess.run(["mount", "-o", "remount,size=100m", folder / "run"], check=True)


class BadData(Fault):
    """A file of samples is altered before the run begins, and whole again before it is gone on with."""
    moment = BEFORE

    def __init__(self, damage):
        self.damage = damage
        self.file = self.whole = None

    def strike(self, job, rng):
        self.file = rng.choice(sorted((job / "data").iterdir()))
        self.whole = self.file.read_bytes()
        self.file.write_bytes(self.damage(self.whole, rng))

    def check_end(self, status, errors):
        expect(self.is_harmless() if status == 0 else status == 2 and self.file.name in errors, status, errors)

    def is_harmless(self):
        """True where it hit what gzip does not use: the time and the name in its header."""
        return gzip.decompress(self.file.read_bytes()) == gzip.decompress(self.whole)

    def repair(self, folder):
        self.file.write_bytes(self.whole)


class BadLeftover(KillRank):
    """A rank is killed, then a file that the job left is altered; the resumed run says so where it needs the file."""
    moment = AFTER_KILL

    def __init__(self, pattern, damage, remark):
        self.pattern, self.damage, self.remark = pattern, damage, remark
        self.hit = False

    def repair(self, folder):
        files = sorted((folder / "run").glob(self.pattern))
        self.hit = bool(files)
        if self.hit:
            files[-1].write_bytes(self.damage(files[-1].read_bytes(), self.rng))

    def strike(self, job, rng):
        self.rng = rng
        super().strike(job, rng)

    def check_resumed(self, errors):
        expect(not self.hit or self.remark in errors, "resumed", errors)


class FlippedRow(KillRank):
    """A rank is killed, then a bit of a logged step flips, which is refused by column."""
    moment = AFTER_KILL
    refusal = None

    def strike(self, job, rng):
        self.rng = rng
        super().strike(job, rng)

    def repair(self, folder):
        checkpoints = folder.glob("run/run.checkpoints/step-*.checkpoint")
        saved_steps = max((int(file.stem.removeprefix("step-")) for file in checkpoints), default=0)
        if hit := jobs.flip_value(folder / "run" / "run.h5", saved_steps, self.rng):
            group, name, step = hit
            column = f"column '{name}' of '/{group}' of 'run/run.h5'"
            self.refusal = f"{column} is damaged" if step < saved_steps else f"row {step} of {column} comes out"

    def is_refused(self, status, errors):
        expect(not self.refusal or (status == 2 and self.refusal in errors), status, errors)
        return self.refusal is not None


class CutLog(BadLeftover):
    """What lies behind the end of a cut file reads as zeros where its tables of contents come before."""

    def is_refused(self, status, errors):
        return status == 2 and "of 'run/run.h5'" in errors and " is damaged" in errors


def flipped(content, rng):
    place = rng.randrange(len(content))
    return content[:place] + bytes([content[place] ^ (1 << rng.randrange(8))]) + content[place + 1:]


def cut(content, rng):
    return content[:rng.randrange(len(content))]


def all_faults():
    """By name, each made anew for a run."""
    newest = "run.checkpoints/step-*.checkpoint"
    return {
        "kill -9 of a rank": KillRank,
        "kill -9 of mpirun": KillLauncher,
        "USR1": lambda: Polite(signal.SIGUSR1),
        "USR2": lambda: Polite(signal.SIGUSR2),
        "TERM or INT": Terminate,
        "USR1 or USR2 early": Early,
        "SIGSTOP of a rank": StopRank,
        "slow rank": SlowRank,
        "SIGSTOP of mpirun": StopLauncher,
        "a second job": SecondJob,
        "checkpoints removed": CheckpointsRemoved,
        "log removed underneath": LogRemoved,
        "log cut underneath": LogCutUnderneath,
        "full disk": FullDisk,
        "data cut": lambda: BadData(cut),
        "data flipped": lambda: BadData(flipped),
        "checkpoint cut": lambda: BadLeftover(newest, cut, "passed over"),
        "checkpoint flipped": lambda: BadLeftover(newest, flipped, "passed over"),
        "log row flipped": FlippedRow,
        "log cut": lambda: CutLog("run.h5", cut, ""),
        "log emptied": lambda: BadLeftover("run.h5", lambda content, rng: b"", "passed over"),
    }
