"""Bytes, numbers and ends of lines as compiled code sees them (compiled.py): thirty-two bytes at a time where many are
alike, one by one where something is read."""

from __future__ import annotations

from llvmlite import ir
from numba import int64, njit
from numba.extending import intrinsic

#: So many bytes are compared at a time.
STEP = 32
#: What no number is.
BAD = -1
LF, CR, ZERO = 10, 13, 48

#: Becomes part of its caller. References are not counted: nothing is made here, and counting takes half of the time.
inlined = njit(forceinline=True, _nrt=False)


def _pointer(context, builder, signature, arguments):
    """The address of byte `arguments[1]` of the array `arguments[0]`."""
    array = context.make_array(signature.args[0])(context, builder, arguments[0])
    return builder.gep(array.data, [arguments[1]])


def _first(context, builder, signature, arguments, other, wanted):
    """How many of the next bytes come before the first that equals `other` (wanted "==") or does not ("!=")."""
    many = ir.VectorType(ir.IntType(8), STEP)
    pointer = _pointer(context, builder, signature, arguments)
    bytes_here = builder.load(builder.bitcast(pointer, many.as_pointer()), align=1)
    found = builder.icmp_unsigned(wanted, bytes_here, other(many))
    mask = builder.zext(builder.bitcast(found, ir.IntType(STEP)), ir.IntType(64))
    mask = builder.or_(mask, ir.Constant(ir.IntType(64), 1 << STEP))
    return builder.cttz(mask, ir.Constant(ir.IntType(1), 1))


def _splat(builder, many, byte):
    one = builder.insert_element(ir.Constant(many, ir.Undefined), byte, ir.Constant(ir.IntType(32), 0))
    return builder.shuffle_vector(
        one, ir.Constant(many, ir.Undefined), ir.Constant(ir.VectorType(ir.IntType(32), STEP), [0] * STEP)
    )


@intrinsic
def byte_at(_typing, content, at):
    """The byte at `at`."""

    def code(context, builder, signature, arguments):
        return builder.zext(builder.load(_pointer(context, builder, signature, arguments)), ir.IntType(64))

    return int64(content, int64), code


@intrinsic
def repeating(_typing, content, at, back):
    """How many of the STEP bytes from `at` on equal the one `back` bytes before, up to the first that does not."""

    def code(context, builder, signature, arguments):
        before = builder.sub(arguments[1], arguments[2])

        def other(many):
            pointer = _pointer(context, builder, signature, [arguments[0], before])
            return builder.load(builder.bitcast(pointer, many.as_pointer()), align=1)

        return _first(context, builder, signature, arguments, other, "!=")

    return int64(content, int64, int64), code


@intrinsic
def being(_typing, content, at, byte):
    """How many of the STEP bytes from `at` on are `byte`, up to the first that is not."""

    def code(context, builder, signature, arguments):
        value = builder.trunc(arguments[2], ir.IntType(8))
        return _first(context, builder, signature, arguments, lambda many: _splat(builder, many, value), "!=")

    return int64(content, int64, int64), code


@intrinsic
def before(_typing, content, at, byte):
    """How many of the STEP bytes from `at` on come before the first that is `byte`."""

    def code(context, builder, signature, arguments):
        value = builder.trunc(arguments[2], ir.IntType(8))
        return _first(context, builder, signature, arguments, lambda many: _splat(builder, many, value), "==")

    return int64(content, int64, int64), code


@inlined
def line_feed(content, at):
    """The place of the next line feed."""
    while True:
        count = before(content, at, LF)
        at += count
        if count < STEP:
            return at


@inlined
def ends_line(content, at):
    byte = byte_at(content, at)
    return byte == LF or (byte == CR and byte_at(content, at + 1) == LF)


@inlined
def ends_cell(content, at, delimiter):
    return byte_at(content, at) == delimiter or ends_line(content, at)


@inlined
def number_at(content, at, digits):
    """The number of so many digits, BAD when they are none."""
    number = 0
    for place in range(digits):
        digit = byte_at(content, at + place) - ZERO
        if digit < 0 or digit > 9:
            return BAD
        number = number * 10 + digit
    return number


@inlined
def decimal_at(content, at, mark, delimiter):
    """A decimal number in millionths (cells.millionths) and its bytes; BAD when it is none."""
    whole = 0
    size = 0
    while size < 3 and 0 <= byte_at(content, at + size) - ZERO <= 9:
        whole = whole * 10 + byte_at(content, at + size) - ZERO
        size += 1
    if size == 0:
        return BAD, 0
    value = whole * 1_000_000
    if byte_at(content, at + size) == mark:
        size += 1
        worth = 100_000
        while worth > 0 and 0 <= byte_at(content, at + size) - ZERO <= 9:
            value += worth * (byte_at(content, at + size) - ZERO)
            worth //= 10
            size += 1
        if worth == 100_000:
            return BAD, 0
    if not ends_cell(content, at + size, delimiter):
        return BAD, 0
    return value, size
