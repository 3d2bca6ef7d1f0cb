"""Every error er-engine raises on purpose.

ErEngineError
├── InputError              what a user handed in is wrong (the message says where and what to do)
│   ├── CatalogError        a catalog file or one of its lines
│   ├── QueryError          a query, an n-best list or a query file
│   └── ConfigError         a training config or an option
│       └── UsageError      an option of the command line (exit code 2)
├── PhonemeError            a G2P can't do what was asked (unknown language, nothing to pronounce)
├── EncoderError            a model folder is missing, damaged or of another version
├── IndexFormatError        an index folder is missing, damaged, or of another version or encoder
├── StorageError            a live catalog can't be read or written (disk full, read-only)
│   ├── CatalogLockedError  another process has the catalog open for writing
│   ├── CatalogDamagedError what is stored is not what was written; restore a backup
│   ├── CatalogNotReadyError  its vectors are being made; ask again later
│   ├── UnknownCatalogError there is no catalog of this name
│   └── CatalogExistsError  there is one of this name already
├── VersionConflictError    an entity was changed by somebody else in between
├── UnknownEntityError      there is no entity with this id
├── SimulationError         text to speech or recognition failed
├── TrainingError           training can't go on (no pairs, a checkpoint of another config)
├── MissingExtraError       an optional extra is needed and not installed (the message names it)
├── ServiceError            the HTTP service can't start
└── RequestError            the service refused a request of the client (`status` says how)
    ├── NotFoundError       there is no such catalog or entity
    ├── AccessError         the API key is missing, wrong, or may not do this
    └── UnavailableError    no answer, or too busy, also after all retries
"""


class ErEngineError(Exception):
    """Base of all errors that er-engine raises on purpose; shown to users without a traceback."""


class InputError(ErEngineError):
    """Something that the user handed in is wrong."""


class CatalogError(InputError):
    """A catalog file, or one of its lines, is wrong."""


class QueryError(InputError):
    """A query, an n-best list or a query file is wrong."""


class ConfigError(InputError):
    """A configuration file or an option has a wrong value."""


class UsageError(ConfigError):
    """An option of the command line has a wrong value."""


class PhonemeError(ErEngineError):
    """A G2P can't do what was asked."""


class EncoderError(ErEngineError):
    """A model folder is missing, damaged or of another version."""


class IndexFormatError(ErEngineError):
    """An index folder is missing, damaged, of another version or made with another encoder."""


class StorageError(ErEngineError):
    """A live catalog can't be read or written; nothing of the change was kept."""


class CatalogLockedError(StorageError):
    """Another process has the catalog open for writing."""


class CatalogDamagedError(StorageError):
    """What is stored is not what was written."""


class CatalogNotReadyError(StorageError):
    """The vectors of the catalog are being made; `done` of `total` in this `phase`."""

    def __init__(self, name: str, phase: str, done: int, total: int) -> None:
        super().__init__(
            f"catalog {name!r} is not ready yet ({phase}: {done:,} of {total:,}); try again later"
        )
        self.phase = phase
        self.done = done
        self.total = total


class UnknownCatalogError(StorageError):
    """There is no catalog of this name."""


class CatalogExistsError(StorageError):
    """There is a catalog of this name already."""


class VersionConflictError(ErEngineError):
    """An entity has another version than the writer expected; 0 stands for no such entity."""

    def __init__(self, entity_id: str, expected: int, actual: int) -> None:
        found = f"it has version {actual}" if actual else "there is no such entity"
        super().__init__(
            f"entity {entity_id!r}: version {expected} was expected, but {found}; "
            "read it again, and repeat the change on what it is now"
        )
        self.entity_id = entity_id
        self.expected = expected
        self.actual = actual


class UnknownEntityError(ErEngineError):
    """There is no entity with this id."""

    def __init__(self, entity_id: str) -> None:
        super().__init__(f"there is no entity with the id {entity_id!r}")
        self.entity_id = entity_id


class SimulationError(ErEngineError):
    """Text to speech or recognition failed while simulating speech."""


class TrainingError(ErEngineError):
    """Training can't go on."""


class MissingExtraError(ErEngineError):
    """An optional extra is needed and not installed."""

    def __init__(self, extra: str, needed_for: str) -> None:
        super().__init__(
            f"{needed_for} needs the optional extra '{extra}': pip install 'er-engine[{extra}]'"
        )
        self.extra = extra


class ServiceError(ErEngineError):
    """The HTTP service can't start."""


class RequestError(ErEngineError):
    """The service refused a request; `status` is the HTTP status, None where no answer came."""

    def __init__(self, message: str, status: int | None) -> None:
        super().__init__(message)
        self.status = status


class NotFoundError(RequestError):
    """The service has no such catalog or entity."""


class AccessError(RequestError):
    """The API key is missing or wrong, or may not do this."""


class UnavailableError(RequestError):
    """The service can't be reached or is too busy, also after all retries."""
