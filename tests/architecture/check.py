#!/usr/bin/env python3
"""Holds the source tree to its rooms: who may include whom, third parties behind their doors, no cycles, short files.

Usage: check.py SOURCE_DIR. Prints every breach as file:line and exits with status 1 where there is any.
"""
import pathlib
import re
import sys

MOST_LINES = 350
INCLUDE = re.compile(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]')
ROOM = re.compile(r"acrtc_room\((\w+)(?:\s+USES\s+([\w\s]+))?\)")

# Header names of third parties, and the one room that may include them; in its sources, never in a public header but
# the "-inl.h" ones, which rooms compile anew for every vector target of Highway's.
DOORS = {
    r"mpi\.h": {"comm"},
    r"hdf5.*\.h|H5\w+\.h": {"store"},
    r"(oneapi/)?dnnl.*": {"dense"},
    r"hwy/.*": {"dense", "reuse", "network", "train"},
    r"Random123/.*": {"base"},
    r"zlib\.h": {"dataset"},
    r"turbojpeg\.h|jpeglib\.h": {"dataset"},
    r"CLI/.*": {"app"},
    r"toml\+\+/.*": {"app"},
    r"nlohmann/.*": {"app"},
    r"fmt/.*": {"app"},
}


def rooms_of(root):
    """The room table of the top CMakeLists.txt: room -> rooms it may include. `app` may include all."""
    text = (root / "CMakeLists.txt").read_text()
    table = {name: set((uses or "").split()) for name, uses in ROOM.findall(text)}
    table["app"] = set(table)
    return table


def sources(root):
    """(file, room, public) of every C++ file of the project."""
    for folder, public in (("include/acrtc", True), ("src", False)):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".hpp", ".cpp", ".h"}:
                yield path, path.relative_to(root / folder).parts[0], public and not path.name.endswith("-inl.h")


def includes(path):
    for number, line in enumerate(path.read_text().splitlines(), 1):
        if match := INCLUDE.match(line):
            yield number, match.group(1), match.group(2)


def resolve(root, path, room, name):
    """The project's file that an include means, or None."""
    for base in (root / "include", path.parent, root / "src" / room):
        candidate = (base / name).resolve()
        if candidate.is_file():
            return candidate
    return None


def room_breaches(table, place, room, name):
    if not name.startswith("acrtc/"):
        return
    other = name.split("/")[1]
    if other != room and other not in table.get(room, set()):
        yield f"{place}: room '{room}' may not include room '{other}'"


def door_breaches(place, room, public, name):
    for pattern, doors in DOORS.items():
        if not re.fullmatch(pattern, name):
            continue
        if room not in doors:
            yield f"{place}: <{name}> belongs to {' and '.join(sorted(doors))} alone"
        elif public:
            yield f"{place}: <{name}> in a public header"


def cycle(graph):
    """One cycle of the include graph as a list of files, or nothing."""
    state, trail = {}, []

    def visit(node):
        state[node] = "open"
        trail.append(node)
        for successor in graph.get(node, ()):
            if state.get(successor) == "open":
                return trail[trail.index(successor):] + [successor]
            if successor not in state and (found := visit(successor)):
                return found
        state[node] = "done"
        trail.pop()
        return None

    for node in graph:
        if node not in state and (found := visit(node)):
            return found
    return None


def main(root):
    table = rooms_of(root)
    breaches, graph = [], {}
    for path, room, public in sources(root):
        shown = path.relative_to(root)
        if room not in table:
            breaches.append(f"{shown}: no room is called '{room}'")
        lines = len(path.read_text().splitlines())
        if lines > MOST_LINES:
            breaches.append(f"{shown}: {lines} lines, more than {MOST_LINES}")
        for number, bracket, name in includes(path):
            place = f"{shown}:{number}"
            breaches += room_breaches(table, place, room, name)
            breaches += door_breaches(place, room, public, name)
            target = resolve(root, path, room, name) if bracket == '"' else None
            if target:
                graph.setdefault(path.resolve(), []).append(target)
                owner = target.relative_to(root).parts[1]
                if target.is_relative_to(root / "src") and owner != room:
                    breaches.append(f"{place}: reaches into the sources of room '{owner}'")
    if found := cycle(graph):
        breaches.append("cyclic includes: " + " -> ".join(str(node.relative_to(root)) for node in found))
    print("\n".join(breaches) or f"{len(graph)} files keep to their rooms")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
