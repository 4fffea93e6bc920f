"""The library's introduction: what Libdoc shows first, with tables made from the registered classes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from IntegrationLibrary.environments.names import summary
from IntegrationLibrary.environments.schema import environment_schema
from IntegrationLibrary.isolation.strategy import ISOLATIONS, promises_table
from IntegrationLibrary.mocks.keys import REQUEST_KEYS, RESPONSE_KEYS, RULE_KEYS
from IntegrationLibrary.mocks.templates import EXPRESSIONS
from IntegrationLibrary.probes.probe import PROBES
from IntegrationLibrary.services.service import SERVICES, Service, ServiceSpec

_TEXT = """\
IntegrationLibrary gives every Robot test a real, private, clean system, in milliseconds.

```robotframework
*** Settings ***
Library           IntegrationLibrary
Library           RequestsLibrary
Library           DatabaseLibrary
Suite Setup       Start Environment    resources/environments/shop.yaml

*** Test Cases ***
An Order Changes These Tables And Nothing Else
    VAR    &{{line}}     sku=TEA-01    quantity=${{2}}
    VAR    @{{lines}}    ${{line}}
    VAR    &{{order}}    customer_id=${{1}}    card=4242-4242-4242-4242    lines=${{lines}}
    POST On Session    shop    /orders    json=${{order}}
    Response Status Should Be    201
    Database Changes Should Be    orders=+1    order_lines=+1    payments=+1
    ...    stock_movements=+1    stock=~1
    Mock Should Have Received    payments    POST /charges
```

%TOC%

# Environments

An environment is the services that run together, described by one YAML file. [Start Environment] starts them in the
order of what they need and waits until they are ready, or attaches to them when they run already. With pabot all
workers share one environment, and each has its own databases and its own copy of the services of scope `worker`. The
suites are the same under `robot` and `pabot`. Everything is stopped when the run ends, however it ends; what
`rfintegration up` has started stays until `rfintegration down`, and runs attach to it.

```yaml
environment: shop
services:
  postgres:
    type: postgres
    databases:
      shop:
        migrations: ../services/shop/migrations
        seeds: [../seeds/catalogue.yaml]
  payments:
    type: mock
    rules: ../mocks/payments.yaml
  shop:
    type: process
    command: [python, -m, uvicorn, "app:app", --port, "${{shop.port}}"]
    folder: ../services/shop
    environment:
      DATABASE_URL: ${{postgres.shop.url}}
      PAYMENTS_URL: ${{payments.url}}
    ready: {{http: /health}}
```

Relative paths start at the file. `${{service.field}}` in it stands for another service's address, such as
`${{postgres.shop.url}}`, and `${{env.NAME}}` for a variable of the operating system; `$${{` is a plain `${{`. Ports are
always free ones.

RequestsLibrary has a session for every HTTP service, and DatabaseLibrary a connection for every database, under their
names, in suites that import those libraries: `GET On Session    shop    /health` needs no `Create Session`. A status of
400 or more fails RequestsLibrary's keyword; with `expected_status=any` the judgement is left to
[Response Status Should Be].

## Service types

{types}

{presets}

{keys}

## Compose files

`compose: ../docker-compose.yml` (or `compose: {{file: ../docker-compose.yml, profiles: [mail]}}`) beside `services`, or
in its place, makes services of type `container` of those of a Compose file. Under `services`, one of the same name
without `type` adds keys to them (mappings are merged by their keys, everything else is replaced), and one with `type`
takes the place of one. Each worker has its own copy of all, in one network where they find each other by their names.
Ports of this machine are free ones: `${{web.port}}` is the first one of the file, `${{web.9000.port}}` that of port
9000 inside. Who depends on a service waits until it is ready: health checks are asked until they succeed. What is
not supported is refused with file and line; `environments/compose/COMPOSE.md` in the package has the lists.

## Probes

The key `ready` says when a service is ready: `ready: {{http: /health}}`. Several probes must all be ready.

{probes}

## Mock rules

A mock answers by the rules of its file, the first that fits, in the order of their priority. What no rule fits is
answered with 404 and the nearest rule. [Add Mock Rule] adds one for a test.

```yaml
rules:
  - name: card is charged
    request: {{method: POST, path: /charges}}
    response: {{status: 201, json: {{id: "ch_{{{{ hit.number }}}}", amount: "{{{{ request.json.amount }}}}"}}}}
  - name: card without cover is declined
    priority: 1
    request: {{method: POST, path: /charges, json: {{card: "4000-0000-0000-0002"}}}}
    response: {{status: 402, json: {{code: card_declined}}}}
```

{rules}

`json` of a request names the fields that must be there, `json_equals` the whole body. Texts of an answer may hold
{expressions}.

# Isolation

Before every test and every suite the library remembers the moment, and after it everything is undone that was
committed since, by whichever program over whichever connection. What the setup of a suite puts in is there for all its
tests. [Create Checkpoint] and [Roll Back To Checkpoint] do the same inside a test. A rollback that fails fails the
test. What a service writes between two tests is undone too, and told by the name of the test before;
`Library    IntegrationLibrary    late_writes=fail` makes it a failure. What it writes while the next test runs counts
as that test's: wait in a test until the service is done.

A service that caches rows is told of each rollback with its key `after_rollback`, such as
`after_rollback: {{http: /cache, method: DELETE}}`. One that does not reconnect when its database was cloned anew is
started again with `restart_after_clone: true`.

The key `isolation` of a database names the strategy:

{strategies}

What they promise:

{promises}

# Faults on purpose

A test may do to services what happens to them. [Stop Service], [Kill Service] and [Pause Service] do it to one that the
worker has for itself, a process or a mock; [Start Service], [Restart Service] and [Resume Service] bring it back.

With `faults: true` at a service a proxy for each worker stands in front of it, on this machine. [Add Latency],
[Cut Connections], [Limit Bandwidth] and [Fail First Requests] then disturb what goes to it, until [Restore Network].
That works for what all workers share as well, such as a database, and reaches no other worker. `${{postgres.shop.url}}`
and the like are the address of the proxy, in the environment file as in tests; services of scope `run`, the service's
own probe, and this library's and DatabaseLibrary's connections to databases go past it. A proxy takes every connection:
while the service behind it does not run, it resets it.

Whatever a test did is undone when it ends, before the rollback, and however it ends: services that are paused go on,
networks are restored, services that were stopped or killed are started again and waited for. What was held back on the
network is lost then. If a service does not come back, the test fails with a failure of the environment. What the setup
of a suite did lasts until the suite ends. The evidence tells both in a line: what was done, and what undid it.

# Judgements

Keywords with *Should* judge and change nothing. They judge what was answered (`Response ...`), single rows
(`Row ...`), and the whole database: [Database Changes Should Be] tells that these rows changed and nothing else.
Keywords that begin with *Wait Until* ask again until their timeout, stop at once when what they wait for can never
come, and tell on failure what they saw over time. All of them take `message=`, which becomes the first line of the
failure.

A failure says what is wrong, what was expected, what was seen, and what to do next where that is known. One that begins
with `Environment:` says nothing about the product: the machine or the environment is wrong. Its test gets the tag
`environment-failure`. With `Library    IntegrationLibrary    environment_failures=skip`, the tests that come after one
that found a service or the supervisor gone are skipped, each with the reason in its message, and no setup or teardown
of theirs is run.

# Evidence

The log of a failed test has one card: requests and answers, changes in the database, hits of mocks, and what the
services logged meanwhile. A passed test has one line.

# Secrets

Secrets are masked as `***` in everything that Robot and this library write: console, `output.xml`, `log.html`,
`report.html`, evidence, failures, `supervisor.log`, `rfintegration`. What RequestsLibrary, DatabaseLibrary and
BuiltIn log is masked too. A value is taken for a secret because it is known (variables of services whose names look
secret, passwords of the services' URLs, Robot's `Secret` values given to keywords of this library; six characters and
more, in any text from then on), because of the name that it stands under (`password=...`, `${{token}} = ...`, a key in
JSON), or because of its form (authorization headers and cookies, passwords in URLs, JSON Web Tokens, private keys).
Tests see the real values: failures are caught, compared and returned unmasked.

Not masked are: a literal secret that neither its name nor its form tells (keep it out of suites, use `Secret`
variables); a suite's text in names, conditions, tags, `EXCEPT` patterns, and documentation that is printed before
the environment is started; `Log To Console`; Robot's debug file; arguments at log level TRACE, but for known values;
suites that neither import the library nor run with its listener; and the services' own logs in the run's folder, which
only this user can read and which goes with the run.

# Service logs

What a service prints is appended to a file, one for each service of the run and of each worker, without loss.
[Service Log Should Contain], [Service Log Should Not Contain] and [Get Service Log] look at what was logged since the
test began, [Wait Until Log Contains] waits for it. A log that grows beyond 32 MiB keeps its newest half (on Linux;
elsewhere it goes on growing, and `supervisor.log` says so); a judgement about lines that are gone is an environment
failure, not a pass.

# Without importing the library

Suites that do not import the library are isolated too with `--listener IntegrationLibrary.Listener`.
"""

_PRESETS = """\
These types are `container` with other defaults, for one product each, and take all its keys. What tests put into them
stays until the run ends: only PostgreSQL is rolled back.

"""


def introduction() -> str:
    """Return the introduction in Markdown."""
    return _TEXT.format(
        types=_table(("type", "what it is"), ((each.name, summary(each)) for each in SERVICES.all())),
        presets=_presets(),
        keys="\n\n".join(_keys_of_types()),
        rules=_rules(),
        expressions=", ".join(f"`{{{{ {each} }}}}`" for each in EXPRESSIONS),
        probes=_table(("probe", "the question"), ((each.name, summary(each)) for each in PROBES.all())),
        strategies=_table(("isolation", "what it does"), ((each.name, summary(each)) for each in ISOLATIONS.all())),
        promises=promises_table(),
    )


def _rules() -> str:
    parts = (("", RULE_KEYS), ("request: ", REQUEST_KEYS), ("response: ", RESPONSE_KEYS))
    rows = ((f"{part}{name}", key.expected) for part, keys in parts for name, key in keys.items())
    return _table(("key of a rule", "what it takes"), rows)


def _keys_of_types() -> Iterator[str]:
    """Yield the table of keys that every service has, and one for each service type and what stands inside it."""
    definitions = environment_schema()["$defs"]
    common = set(ServiceSpec.model_fields)
    first = definitions[SERVICES.names()[0]]["properties"]
    yield _keys("every service", {key: about for key, about in first.items() if key in common - {"type"}})
    for name, definition in definitions.items():
        service_type, _, inside = name.partition(".")
        if SERVICES.get(service_type) in _built_on_others():
            continue
        noun = f"{_holder(definitions, name)} of type `{service_type}`" if inside else f"a service of type `{name}`"
        yield _keys(noun, {key: about for key, about in definition["properties"].items() if key not in common})


def _built_on_others() -> list[type[Service[Any]]]:
    """Return the service types that have the keys of another one, with other defaults."""
    return [each for each in SERVICES.all() if any(other in each.__mro__[1:] for other in SERVICES.all())]


def _presets() -> str:
    rows = []
    for each in _built_on_others():
        defaults = {name: key.default for name, key in each.spec_class.model_fields.items()}
        more = " ".join((each.__doc__ or "").partition("\n")[2].split())
        rows.append((each.name, f"Image `{defaults['image']}`, URL `{defaults['url']}`. {more}"))
    return _PRESETS + _table(("type", "what it is made of, and what it tells"), rows)


def _keys(noun: str, properties: Mapping[str, Any]) -> str:
    return f"Keys of {noun}:\n\n" + _table(
        ("key", "meaning"), ((key, _described(properties[key])) for key in properties)
    )


def _holder(definitions: Mapping[str, Any], inner: str) -> str:
    """Return the key under which the keys of the definition *inner* stand, in words."""
    service_type = inner.partition(".")[0]
    of_type = [each for name, each in definitions.items() if name.partition(".")[0] == service_type]
    keys = {key: about for each in of_type for key, about in each["properties"].items()}
    key, about = next((key, about) for key, about in keys.items() if f"#/$defs/{inner}'" in str(about))
    return f"each of the `{key}`" if "additionalProperties" in about else f"the key `{key}`"


def _described(about: dict[str, Any]) -> str:
    text = str(about.get("description", "")).replace("\n", " ").replace("|", "\\|")
    default = about.get("default")
    return f"{text} Default: `{default}`." if default not in (None, "", [], {}) else text


def _table(head: tuple[str, str], rows: Any) -> str:
    lines = ["| " + " | ".join(head) + " |", "|---|---|"]
    lines += [f"| `{name}` | {text} |" for name, text in rows]
    return "\n".join(lines)
