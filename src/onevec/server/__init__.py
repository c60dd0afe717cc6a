"""The HTTP server: every wire as a dialect on one port, over the deployments of a gateway.

::

    config = load("onevec.toml")
    gateway = Gateway.from_config(config, Embedders())
    run(build(gateway, config), config, bind(config.server.host, config.server.port), started=print)
"""
