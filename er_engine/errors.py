"""Every error er-engine raises on purpose.

ErEngineError
├── InputError              what a user handed in is wrong (the message says where and what to do)
│   ├── CatalogError        a catalog file or one of its lines
│   ├── QueryError          a query, an n-best list or a query file
│   └── ConfigError         a training config or an option
├── PhonemeError            a G2P can't do what was asked (unknown language, nothing to pronounce)
├── EncoderError            a model folder is missing, damaged or of another version
├── IndexFormatError        an index folder is missing, damaged, or of another version or encoder
├── SimulationError         text to speech or recognition failed
├── TrainingError           training can't go on (no pairs, a checkpoint of another config)
├── MissingExtraError       an optional extra is needed and not installed (the message names it)
└── ServiceError            the HTTP service can't start
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


class PhonemeError(ErEngineError):
    """A G2P can't do what was asked."""


class EncoderError(ErEngineError):
    """A model folder is missing, damaged or of another version."""


class IndexFormatError(ErEngineError):
    """An index folder is missing, damaged, of another version or made with another encoder."""


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
