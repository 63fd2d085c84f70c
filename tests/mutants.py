#!/usr/bin/env python3
"""Breaks the program on purpose, one place at a time, in a copy of the last commit, and says which test notices.

Usage: tests/mutants.py [WORD...]      only mutants with one of the words in their name
Exit status 1 where a mutant survives, or where its text is no longer in the sources. An hour or two; no part of CI."""
import os
import pathlib
import re
import subprocess
import sys

SOURCE = pathlib.Path(__file__).resolve().parents[1]
COPY = pathlib.Path(os.environ.get("ACRTC_MUTANTS", SOURCE / "build/mutants"))
TESTS = ("unit", "mpi", "smoke")  # labels, the quick ones first

# What a user would call it, file in src/, text, replacement
MUTANTS = [
    ("a reuse count one too high", "reuse/tensor_core.cpp", "count.reused = found.reused;",
     "count.reused = found.reused + 1;"),
    ("additions counted as products", "reuse/tensor_core.cpp", "found.sums * columns", "found.products * columns"),
    ("a chain of sums one shorter than oneDNN's", "reuse/plane_product.cpp", "(dense::longest_chain)",
     "(dense::longest_chain - 1)"),
    ("taps of one part of a sample for all of a block", "reuse/by_planes.hpp",
     "own.parts.back().taps.data() != band.taps.data()", "false"),
    ("marks of windows in another order", "reuse/window_marks-inl.h", "{0, 4, 8, 12, 1,", "{0, 4, 12, 8, 1,"),
    ("marks of every other window lost", "reuse/window_marks-inl.h", "hn::ShiftLeft<8>(", "("),
    ("padding one pixel too early", "reuse/padded_row.hpp", "pixels(g.input.width - x)",
     "pixels(g.input.width - 1 - x)"),
    ("the largest of a pooling window in another column", "network/pooling_pairs.cpp",
     "hn::Set(d, kLast - 1)", "hn::Set(d, kLast + 1)"),
    ("pooling that writes behind a thread's planes", "network/pooling_pairs.cpp",
     "range.end - ceil_div(kBehind, smallest)", "range.end - smallest + smallest"),
    ("a third column of pooling windows where there is none", "network/pooling_pairs.cpp",
     "(input.width - 1) / 2, ~kLeast", "(input.width + 1) / 2, ~kLeast"),
    ("gradients from windows beside the image", "network/pooling_pairs.cpp",
     "no_window.begin() + 1, output.width, 0", "no_window.begin(), output.width + 1, 0"),
    ("what pooling windows share with those below lost", "network/pooling_pairs.cpp",
     "even_ = hn::Add(beside.To(8), here.To(6))", "even_ = here.To(6)"),
    ("negative zeros from pooling", "network/pooling_pairs.cpp", "hn::Add(Load(dy), hn::Zero(F32()))", "Load(dy)"),
    ("roles forward and grad_input swapped", "reuse/role.cpp", 'names[] = {"forward", "grad_input",',
     'names[] = {"grad_input", "forward",'),
    ("gradients of inputs taken for forward products", "network/gemm_layer.cpp",
     "grad_input_ = add(reuse::Role::grad_input", "grad_input_ = add(reuse::Role::forward"),
    ("batch statistics in evaluation", "network/layers/batch_norm.cpp", "if (pass.mode == Mode::training)",
     "if (true)"),
    ("the same dropout in every epoch", "train/node_pass.cpp", "static_cast<std::uint32_t>(place.step)",
     "static_cast<std::uint32_t>(place.step_of_epoch)"),
    ("another summation tree", "train/summation_tree.cpp",
     "static_cast<std::int64_t>(std::bit_floor(static_cast<std::uint64_t>(nodes.size() - 1)))", "nodes.size() / 2"),
    ("a shuffle that depends on ranks", "train/epoch_batches.cpp", "options.seed,",
     "options.seed + static_cast<std::uint64_t>(parts.ranks.size()),"),
    ("a resumed epoch begins at its first samples", "train/epoch_batches.cpp",
     "next_(place.step_of_epoch * nodes_.size() * micro_batches_)", "next_(0)"),
    ("a checkpoint without the optimizer's state", "train/run_state.cpp", "i < own.size(); ++i) restore_values",
     "i < own.size(); ++i) if (i > own.size()) restore_values"),
    ("a loss scale that is not restored", "train/run_state.cpp", "loss_scale_.restore(state.loss_scale);", ""),
    ("a controller that is not restored", "train/run_state.cpp", "parts_.policy.restore(state.policy);", ""),
    ("a checkpoint without the open interval", "train/run_state.cpp", "intervals_.restore(state.interval);", ""),
    ("a learning rate of the step after", "train/training_run.cpp", "{step, learning_rate(step), threads_}",
     "{step, learning_rate(step + 1), threads_}"),
    ("milestones a step late", "train/schedule.cpp", "milestone <= step", "milestone < step"),
    ("micro-batches summed, not averaged", "train/training_run.cpp", "options_.nodes * options_.micro_batches",
     "options_.nodes"),
    ("running averages scaled with the loss", "train/training_run.cpp", "average_factor = loss_scale_.scale();",
     "average_factor = 1;"),
    ("a slice of the weights that stays with its rank", "train/weight_update.cpp", "    weights.start(bucket);\n", ""),
    ("a checkpoint of the momentum that rank 0 moves", "train/run_state.cpp", "  weights_.complete_state();\n", ""),
    ("an optimizer that moves more than it is asked to", "train/optimizers/sgd.cpp",
     "overlap(parameter.range(), update.elements)", "parameter.range()"),
    ("running averages that every rank moves", "network/parameters.cpp", "overlap(parameter.range(), elements)",
     "parameter.range()"),
    ("gradients read before they are there", "train/tree_exchange.cpp", "for (auto& request : bucket.requests) request.wait();",
     "if (!array_.sees(0)) for (auto& request : bucket.requests) request.wait();"),
    ("weights taken before they are there", "train/rank_slices.cpp", "    seen_[taken_].told.wait();\n", ""),
    ("weights written before others have taken them", "train/rank_slices.cpp",
     "ranks_.await(rank, taken_tag)", "comm::Request()"),
    ("memory that only some ranks see", "comm/host_memory.cpp", "if (std::ranges::all_of(on_host,",
     "if (of_rank_[rank_] || std::ranges::all_of(on_host,"),
    ("a gradient at fault on another rank", "train/divergence.cpp", "return parts.ranks.max(own);", "return own;"),
    ("ranks that begin with other weights", "train/training_run.cpp", "  compare_weights();\n", ""),
    ("skipped steps logged as done", "train/training_run.cpp", "record.skipped = update",
     "record.skipped = false && update"),
    ("a test sample taken twice", "train/evaluate.cpp", "samples_.end(), 0U);",
     "samples_.end(), 0U), samples_.back() = 0;"),
    ("strengths that ignore the layer", "train/strength_table.cpp",
     "(rule.layer.empty() || rule.layer == gemm.layer) &&", ""),
    ("a controller a step late", "control/policies/schedule.cpp",
     "next = observation.step + 1, steps = observation.steps_per_epoch;\n    if (strength(next / steps) == "
     "strength(observation.step / steps)) return",
     "next = observation.step + 1, steps = observation.steps_per_epoch;\n    if (strength(observation.step / steps) == "
     "strength((next - 2) / steps)) return"),
    ("a factor of the decay ignored", "train/optimizers/sgd.cpp", "weight_decay_ * parameter.weight_decay_factor",
     "weight_decay_"),
    ("energy of memory by the byte", "hardware/cost.cpp", "return 8 * bytes.value;", "return bytes.value;"),
    ("static power while computing alone", "hardware/cost.cpp",
     "energy_of(accelerator, work, plan);\n  cost.energy.static_power = accelerator.static_power * cost.time",
     "energy_of(accelerator, work, plan);\n  cost.energy.static_power = accelerator.static_power * cost.core"),
    ("a ring of one step more", "hardware/collectives/ring.cpp", "static_cast<double>(nodes - 1)",
     "static_cast<double>(nodes)"),
    ("a lost row of steps", "record/run_log.cpp", "void put(const train::StepRecord& record) {",
     "void put(const train::StepRecord& record) {\n    if (record.step == 2) return;"),
    ("rows that are said to be flushed and are not", "record/run_log.cpp",
     "or_tell_of_others([&] { tables_.flush(); });", ""),
    ("a cut log that is told in HDF5's words", "record/run_log.cpp", "file_.check_in_place();\n      throw;", "throw;"),
    ("a run that finishes where rows of its log are gone", "record/run_log.cpp", "tables_.check(written.root());", ""),
    ("a checkpoint that gets its name before it is on the disk", "record/durable_file.cpp",
     "check(::fsync(file.number()) == 0, path);", ""),
    ("weights that are not finite are kept", "train/training_run.cpp",
     "if (!weights_are_finite(parts_.network.parameters()))", "if (false)"),
    ("a run that finishes with weights that are not finite", "train/training_run.cpp",
     "end_epoch() {\n  check_weights(place_.step - 1);", "end_epoch() {"),
    ("a second job writes the same log", "app/output_lock.cpp", "LOCK_EX | LOCK_NB", "LOCK_SH | LOCK_NB"),
    ("two runs that share a folder of checkpoints", "app/commands/train.cpp",
     "checkpoints_lock_.emplace(claim_checkpoints(folder))", "return"),
    ("a signal to leave that is not heeded", "app/leaving.cpp", "return polite_signals > 0 || time_is_up",
     "return time_is_up"),
    ("a silent rank that nobody misses", "comm/heartbeat_table.cpp", "silence >= options_.silence * patience",
     "silence < 0 * patience"),
    ("ranks that wait for ever for one that does not start", "comm/start_alarm.cpp",
     "std::min(number_of_process(), 30U));",
     "std::min(number_of_process(), 30U) + 100000);"),
    ("bytes divided by 256", "dataset/normalizer.cpp", "byte / 255.0", "byte / 256.0"),
    ("test images flipped and shifted", "dataset/crop_flip.cpp", "if (request.split != Split::train) return placement;",
     ""),
    ("exact steps reported twice", "study/summary.cpp", "left_out.empty() || left_out[row] == 0",
     "left_out.empty() || left_out[row] < 2"),
    ("a diff that leaves a column out", "study/log_diff.cpp", "if (record::is_wall_column(last_part(name))) continue;",
     'if (record::is_wall_column(last_part(name)) || last_part(name) == "loss") continue;'),
]


def run(*command):
    return subprocess.run([str(word) for word in command], cwd=COPY, capture_output=True, text=True, check=False)


def build(target="all"):
    return run("cmake", "--build", "build", "--target", target).returncode == 0


def prepare():
    """A copy of the last commit, built without optimisations that take long."""
    if not COPY.exists():
        subprocess.run(["git", "-C", SOURCE, "worktree", "add", "--detach", "--quiet", COPY], check=True)
    last = subprocess.run(["git", "-C", SOURCE, "rev-parse", "HEAD"], capture_output=True, text=True, check=True).stdout
    subprocess.run(["git", "-C", COPY, "checkout", "--force", "--detach", "--quiet", last.strip()], check=True)
    run("cmake", "-G", "Ninja", "-B", "build", "-DCMAKE_BUILD_TYPE=Release", "-DCMAKE_CXX_FLAGS_RELEASE=-O1",
        "-DCMAKE_DISABLE_FIND_PACKAGE_benchmark=ON")
    if not build():
        sys.exit("the copy does not build")


def noticed_by_room(room):
    """The room's own unit tests that fail."""
    done = run(f"build/tests/test_{room}", "--gtest_brief=1")
    names = re.findall(r"^\[  FAILED  \] ([^\s,]+).* ms\)$", done.stdout, re.MULTILINE) or ["its process ends"]
    return names if done.returncode != 0 else []


def noticed_by_any():
    """The first tests of all that fail."""
    for label in TESTS:
        done = run("ctest", "--test-dir", "build", "-L", label, "-j", os.cpu_count(), "--timeout", "300",
                   "--stop-on-failure")
        if done.returncode != 0:
            return re.findall(r"^\s+\d+ - (.*) \(", done.stdout, re.MULTILINE)
    return []


def verdict(file, text, replacement):
    """Whether the mutant is noticed, and what to say of it."""
    path = COPY / "src" / file
    original = path.read_text()
    if original.count(text) != 1:
        return False, f"its text is {original.count(text)} times in the file"
    room = file.split("/")[0]
    try:
        path.write_text(original.replace(text, replacement))
        has_tests = (COPY / "tests/unit" / room).is_dir()
        if not build(f"test_{room}" if has_tests else "acrtc"):
            return False, "it does not build"
        names = (has_tests and noticed_by_room(room)) or (build() and noticed_by_any())
    finally:
        path.write_text(original)
    more = f" and {len(names) - 2} more" if names and len(names) > 2 else ""
    return bool(names), ", ".join(names[:2]) + more if names else "no test notices"


def main():
    prepare()
    words, survivors = sys.argv[1:], 0
    for name, *mutant in MUTANTS:
        if words and not any(word in name for word in words):
            continue
        noticed, what = verdict(*mutant)
        survivors += not noticed
        print(f"{'noticed' if noticed else 'SURVIVES':9} {name}: {what}", flush=True)
    sys.exit(1 if survivors else 0)


if __name__ == "__main__":
    main()
