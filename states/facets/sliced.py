"""Ordered values as bitmaps of their binary digits, and the comparisons on them.

After O'Neil and Quass, "Improved query performance with variant indexes" (SIGMOD 1997).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pyroaring import BitMap


@dataclass(frozen=True, slots=True)
class Sliced:
    """A number, not below zero, for each voter in `known`: bit n is set for those in `digits[n]`."""

    known: BitMap
    digits: Mapping[int, BitMap]

    def below(self, bound: int) -> BitMap:
        """Return the voters whose number is less than `bound`."""
        if bound <= 0:
            return BitMap()
        highest = max(self.digits, default=-1)
        if bound.bit_length() > highest + 1:
            return self.known
        equal, less = self.known, BitMap()
        for digit in range(highest, -1, -1):
            bits = self.digits.get(digit)
            if bound >> digit & 1:
                if bits is None:
                    return less | equal
                less = less | (equal - bits)
                equal = equal & bits
            elif bits is not None:
                equal = equal - bits
        return less

    def between(self, low: int, high: int) -> BitMap:
        """Return the voters whose number is from `low` to `high`, both included."""
        return self.below(high + 1) - self.below(low)

    def equal(self, number: int) -> BitMap:
        """Return the voters with just this number."""
        highest = max(self.digits, default=-1)
        if number < 0 or number.bit_length() > highest + 1:
            return BitMap()
        found = self.known
        for digit in range(highest + 1):
            bits = self.digits.get(digit)
            if number >> digit & 1:
                if bits is None:
                    return BitMap()
                found = found & bits
            elif bits is not None:
                found = found - bits
        return found

    def within(self, voters: BitMap) -> Sliced:
        """Return the numbers of these voters alone."""
        digits = {digit: bits & voters for digit, bits in self.digits.items()}
        return Sliced(self.known & voters, digits)

    def lowest(self) -> int | None:
        """Return the least number that anybody has; None where nobody's is known."""
        return self._end(lambda left, bits: left - bits)

    def highest(self) -> int | None:
        """Return the greatest number that anybody has; None where nobody's is known."""
        return self._end(lambda left, bits: left & bits)

    def _end(self, wished: Callable[[BitMap, BitMap], BitMap]) -> int | None:
        """Return the number at one end: digit by digit those are left who are nearer to it, if any are."""
        left, number = self.known, 0
        if not left:
            return None
        for digit in sorted(self.digits, reverse=True):
            nearer = wished(left, self.digits[digit])
            left = nearer or left
            number |= (left.min() in self.digits[digit]) << digit
        return number
