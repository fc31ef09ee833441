"""A simulated Slack workspace and Teams tenant, real HTTP on loopback, for the demo and the tests.

`world` puts both side by side with the people of a directory; `people` is the language in which a story says
what they do and see; `slack_workspace` and `teams_tenant` are the platforms, `faults` what goes wrong on
demand. Each platform is made of the same parts: `*_state` (what it holds), `*_api` (the service calls it),
`*_service` (it calls the service), `*_client` (one person's clicks and words), and a reader of cards
(`slack_reader`, `teams_cards`) that turns their JSON into what a person sees (`screen`).
"""
