"""What goes wrong at the two ends of a run: reading the input, and writing the output."""

from onevec.errors import OnevecError


class InputDataError(OnevecError):
    """The input cannot be read, or is not what it was at first; `value` is the file."""

    default_status = 422
    default_code = "input_data_error"


class OutputError(OnevecError):
    """The output cannot be written, or is not what the manifest says that it is."""

    default_status = 500
    default_code = "output_error"
