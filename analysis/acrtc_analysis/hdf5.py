"""Opens HDF5 files however their writer left them: closed, still writing, or killed."""
import ctypes
import pathlib

import h5py

from .errors import LogError

SIGNATURE = b"\x89HDF\r\n\x1a\n"
# HDF5's default of 100 attempts doubles its sleep each time: a file torn by a power cut would hang for ever.
READ_ATTEMPTS = 20


def open_file(path):
    """The file as h5py.File, read-only. A live or killed writer's file is followed through SWMR."""
    path = pathlib.Path(path)
    _check_signature(path)
    try:
        return h5py.File(path, "r")
    except OSError:
        return _follow(path)


def _check_signature(path):
    try:
        with path.open("rb") as file:
            start = file.read(len(SIGNATURE))
    except OSError as error:
        advice = ("ask its owner for leave to read it" if isinstance(error, PermissionError)
                  else "give a log that `acrtc train --out` wrote")
        raise LogError(f"cannot read '{path}'", error.strerror, advice) from None
    if start != SIGNATURE:
        why = "it is empty" if not start else "it does not begin as HDF5 does"
        raise LogError(f"'{path}' is not an HDF5 file", why, "give a log that `acrtc train --out` wrote")


def _follow(path):
    access = h5py.h5p.create(h5py.h5p.FILE_ACCESS)
    access.set_libver_bounds(h5py.h5f.LIBVER_EARLIEST, h5py.h5f.LIBVER_LATEST)
    _limit_attempts(access)
    try:
        flags = h5py.h5f.ACC_RDONLY | h5py.h5f.ACC_SWMR_READ
        return h5py.File(h5py.h5f.open(str(path).encode(), flags, fapl=access))
    except (OSError, RuntimeError) as error:  # h5py has no class of its own for some kinds of damage
        why = str(error).splitlines()[0]
        if "truncated file" in why:
            raise LogError(f"'{path}' is cut off", f"only its first {path.stat().st_size} bytes are there",
                           "copy it anew") from None
        raise LogError(f"cannot open '{path}'", why,
                       "wait a second if its run just began, set HDF5_USE_FILE_LOCKING=FALSE on shared file systems, "
                       "or try `acrtc repair`") from None


def _limit_attempts(access):
    """h5py has no call for it, but links the library that does."""
    library = ctypes.CDLL(h5py.h5p.__file__)
    library.H5Pset_metadata_read_attempts(ctypes.c_int64(access.id), ctypes.c_uint(READ_ATTEMPTS))
