"""CHECKS: the sections of the report, in their order."""

from typing import Any

from onevec.cli.doctor import configuration, environment, hub, installed, keys, model, network, processor, server
from onevec.cli.doctor.findings import Check

CHECKS: tuple[Check[Any], ...] = (
    Check("Installed", installed.gather, installed.judge),
    Check("Processor", processor.gather, processor.judge),
    Check("Bundled model", model.gather, model.judge),
    Check("Hub", hub.gather, hub.judge),
    Check("Configuration", configuration.gather, configuration.judge),
    Check("Keys", keys.gather, keys.judge),
    Check("Environment", environment.gather, environment.judge),
    Check("Server", server.gather, server.judge),
    Check("Network", network.gather, network.judge),
)
