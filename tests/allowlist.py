"""A contract for import-linter: a package imports nothing of the house but what it is allowed.

import-linter's own contracts name what is forbidden, so a module that is added later would be allowed
by default. Here it is the other way round.
"""

from typing import cast

import grimp
from importlinter import Contract, ContractCheck, fields, output


class AllowlistContract(Contract):
    """Each of `source_modules`, with what lies under it, imports directly from the house only itself and
    `allowed_modules` (with what lies under them). Packages from outside the house are not judged."""

    type_name = "allowlist"

    source_modules = fields.ListField(subfield=fields.StringField())
    allowed_modules = fields.ListField(subfield=fields.StringField())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:
        # import-linter's fields are descriptors without types.
        sources = cast(list[str], self.source_modules)
        allowlist = cast(list[str], self.allowed_modules)
        illegal = [
            (importer, imported)
            for source in sources
            for importer in sorted(_with_descendants(graph, source))
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if not graph.is_module_squashed(imported)
            and not any(_lies_under(imported, allowed) for allowed in [source, *allowlist])
        ]
        return ContractCheck(kept=not illegal, metadata={"illegal": illegal})

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["illegal"]:
            output.print_error(f"- {importer} must not import {imported}", bold=False)
        output.new_line()


def _with_descendants(graph: grimp.ImportGraph, module: str) -> set[str]:
    """Raises ValueError for a module that does not exist: a contract about nothing would always be kept."""
    if module not in graph.modules:
        raise ValueError(f"the contract names {module}, which does not exist")
    return {module} | graph.find_descendants(module)


def _lies_under(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
