"""Which accounts belong to one person, as they have confirmed from each of them (`bot.desk.linking`).

An account is named by its network and its name there; two are the same where `account_key` is. Whoever has
linked A with B and B with C is one person with three accounts. Nothing is linked by what it is called.

An immutable value, swapped whole. Must not import anything of ours but names.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.desk.model import account_key

MOST = 10
"""Accounts of one person: more are no person's."""


class Account(NamedTuple):
    """An account, as its network writes it."""

    network: str
    name: str

    @property
    def key(self) -> str:
        return account_key(self.network, self.name)


@dataclass(frozen=True, slots=True)
class Links:
    """`groups`: the key of each linked account -> all accounts of its person, in the order of their keys."""

    groups: Mapping[str, tuple[Account, ...]] = field(default_factory=dict)

    @classmethod
    def of_groups(cls, groups: Iterable[Iterable[Account]]) -> "Links":
        """The links that make one person of each of these groups."""
        found: dict[str, tuple[Account, ...]] = {}
        for group in groups:
            accounts = tuple(sorted(group, key=lambda account: account.key))
            if len(accounts) > 1:
                found |= {account.key: accounts for account in accounts}
        return cls(found)

    def of(self, account: Account) -> tuple[Account, ...]:
        """All accounts of whose account this is; it alone where it is linked with none."""
        return self.groups.get(account.key, (account,))

    def beside(self, account: Account) -> tuple[Account, ...]:
        """The other accounts of whose account this is."""
        return tuple(each for each in self.of(account) if each.key != account.key)

    def linked(self, one: Account, other: Account) -> "Links":
        """The same with all accounts of the two as those of one person."""
        return self._with({each.key: each for each in (*self.of(one), *self.of(other))}.values())

    def unlinked(self, account: Account) -> "Links":
        """The same without this account; those that it leaves behind stay one person's."""
        rest = self.beside(account)
        without = {key: group for key, group in self.groups.items() if key != account.key}
        if len(rest) < 2:
            return Links({key: group for key, group in without.items() if key not in _keys(rest)})
        return Links(without)._with(rest)

    def _with(self, accounts: Iterable[Account]) -> "Links":
        return Links({**self.groups, **Links.of_groups([accounts]).groups})


def _keys(accounts: Iterable[Account]) -> set[str]:
    return {account.key for account in accounts}
