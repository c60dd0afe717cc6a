"""`AIInferenceInstrumentor`, for programs that have it: embeddings need no instrumenting here.

azure.ai.inference's patches its chat client and leaves embeddings without attributes. The clients of `onevec.azure`
put GenAI attributes on their spans whenever azure-core's tracing is on (`settings.tracing_implementation` or
`settings.tracing_enabled`), so all that is left to do is to answer as the original does.
"""

import os
from typing import ClassVar

__all__ = ["AIInferenceInstrumentor"]

CONTENT_RECORDING = "AZURE_TRACING_GEN_AI_CONTENT_RECORDING_ENABLED"


class AIInferenceInstrumentor:
    """Remembers what it was told. What it is told holds for the process, as the original's does."""

    # None: not instrumented. On the class, because programs make one instance to instrument and another to ask.
    _content_recording: ClassVar[bool | None] = None

    def instrument(self, enable_content_recording: bool | None = None) -> None:
        """Say that tracing is wanted; the content of inputs is not recorded whatever is said here.

        Args:
            enable_content_recording: The answer of `is_content_recording_enabled`; None takes the environment's word.
        """
        if enable_content_recording is None:
            enable_content_recording = os.environ.get(CONTENT_RECORDING, "").lower() == "true"
        AIInferenceInstrumentor._content_recording = enable_content_recording

    def uninstrument(self) -> None:
        """Say that it is not."""
        AIInferenceInstrumentor._content_recording = None

    def is_instrumented(self) -> bool:
        """Whether somebody said so."""
        return self._content_recording is not None

    def is_content_recording_enabled(self) -> bool:
        """What was said of it."""
        return bool(self._content_recording)
