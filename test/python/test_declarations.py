"""Declarations match the conversions in docs/values.md."""

import sys
import tempfile
import unittest
from pathlib import Path

from declarations import IMPORTS, DeclarationsTest
from python_side import declaring, problems


class TypesTest(DeclarationsTest):
    def test_scalars(self):
        self.assert_types("int", "number | bigint", "number")
        for hint, expected in {
            "float": "number",
            "bool": "boolean",
            "str": "string",
            "None": "null",
            "datetime.datetime": "Date",
            "datetime.date": "PlainDate",
            "datetime.timedelta": "Duration",
            "decimal.Decimal": "Decimal",
            "uuid.UUID": "Uuid",
            "Any": "unknown",
            "object": "unknown",
        }.items():
            with self.subTest(hint):
                self.assert_types(hint, expected)

    def test_bytes(self):
        for hint in ("bytes", "memoryview"):
            self.assert_types(hint, "Uint8Array | ArrayBuffer", "Uint8Array")

    def test_lists_and_tuples(self):
        for hint in ("List[str]", "Sequence[str]", "Iterable[str]", "Tuple[str, ...]", "list[str]"):
            self.assert_types(hint, "readonly string[]", "string[]")
        self.assert_types("Tuple[str, bool]", "readonly [string, boolean]", "[string, boolean]")
        self.assert_types("Tuple[()]", "readonly []", "[]")
        self.assert_types("list", "readonly unknown[]", "unknown[]")
        self.assert_types(
            "List[Optional[List[int]]]",
            "readonly (readonly (number | bigint)[] | null)[]",
            "(number[] | null)[]",
        )

    def test_dicts_and_sets(self):
        self.assert_types("Dict[str, float]", "Record<string, number>")
        self.assert_types(
            "Counter[str]", "Record<string, number | bigint>", "Record<string, number>"
        )
        # An empty dict arrives as an object.
        self.assert_types(
            "Mapping[float, str]",
            "ReadonlyMap<number, string>",
            "Map<number, string> | Record<string, undefined>",
        )
        self.assert_types(
            "dict",
            "Record<string, unknown> | ReadonlyMap<unknown, unknown>",
            "Record<string, unknown> | Map<unknown, unknown>",
        )
        self.assert_types("Dict[Literal['a', 'b'], str]", "Partial<Record<'a' | 'b', string>>")
        for hint in ("Set[str]", "FrozenSet[str]", "AbstractSet[str]"):
            self.assert_types(hint, "ReadonlySet<string>", "Set<string>")

    def test_unions_have_each_type_once(self):
        self.assert_types("Optional[str]", "string | null")
        self.assert_types("Union[int, float, str]", "number | bigint | string", "number | string")
        self.assert_types("Optional[Any]", "unknown")

    def test_unions_with_lists_of_what_has_no_form(self):
        before = "class Model: pass"
        model = "unknown /* described.Model */"
        self.assert_types(
            "Union[List[Model], str]", f"readonly {model}[] | string", f"{model}[] | string", before
        )
        self.assert_types("Union[Model, str]", model, before=before)

    @unittest.skipIf(sys.version_info < (3, 10), "written so from 3.10 on")
    def test_unions_with_a_bar(self):
        self.assert_types("str | None", "string | null")

    def test_literals(self):
        self.assert_types(
            "Literal['it\\'s', 1, True, None, -2**60]".replace("-2**60", str(-(2**60))),
            f"'it\\'s' | 1 | true | null | {-(2**60)}n",
        )

    def test_annotated_types_are_what_they_annotate(self):
        self.assert_types("Annotated[str, 'a name']", "string")
        self.assert_types("List[Annotated[str, 1]]", "readonly string[]", "string[]")

    def test_functions_are_arguments_alone(self):
        self.assertEqual(
            self.parameter("Callable[[int, str], bool]"),
            "(arg1: number, arg2: string) => boolean | Promise<boolean>",
        )
        self.assertEqual(self.parameter("Callable[[], None]"), "() => void | Promise<void>")
        self.assertEqual(self.parameter("Callable"), "(...args: never[]) => unknown")
        self.assertEqual(
            self.parameter("Optional[Callable[[], str]]"), "(() => string | Promise<string>) | null"
        )
        self.assertTrue(self.result("Callable[[], int]").startswith("unknown /* a function"))

    def test_types_without_a_form(self):
        self.assert_types("complex", "never /* complex has no form in JavaScript */")
        self.assert_types("Union[complex, float]", "number")
        self.assert_types("datetime.time", "unknown /* datetime.time */")

    def test_subclasses_are_what_their_base_is(self):
        before = "class Name(str): pass\nclass Moment(datetime.datetime): pass"
        self.assert_types("Name", "string", before=before)
        self.assert_types("Moment", "Date", before=before)

    def test_only_unresolvable_hints_are_unknown(self):
        source = """
        if TYPE_CHECKING:
            from elsewhere import Thing
        def f(thing: Thing, name: str) -> "Thing": ...
        """
        (signature,) = self.signatures(
            source, imports=f"from __future__ import annotations\n{IMPORTS}"
        )
        reason = "unknown /* NameError: name 'Thing' is not defined */"
        self.assertEqual(signature, f"(thing: {reason}, name: string): Promise<{reason}>")


class NamedTypesTest(DeclarationsTest):
    def test_dataclasses_and_what_python_gets_for_them(self):
        source = '''
        @dataclasses.dataclass
        class Node:
            """A node. */"""
            name: str
            next: "Optional[Node]"
            tags: List[str] = dataclasses.field(default_factory=list)
            kinds: ClassVar[int] = 1
        def f(node: Node) -> Node: ...
        '''
        self.assertEqual(
            self.declared(source),
            [
                (
                    "/** A node. *\\/ */\n"
                    "export interface Node {\n"
                    "  name: string;\n"
                    "  next: Node | null;\n"
                    "  tags: readonly string[];\n"
                    "}"
                ),
                (
                    "/** @param node arrives in Python as a dict, not a Node */\n"
                    "export function f(node: Node): Promise<Node>;"
                ),
            ],
        )

    def test_generic_classes_and_what_inherits_from_them(self):
        source = """
        T = TypeVar("T")
        @dataclasses.dataclass
        class Box(Generic[T]):
            item: T
        @dataclasses.dataclass
        class Texts(Box[str]):
            count: int
        def f(box: Box[int]) -> List[Box[str]]: ...
        """
        box, texts, _ = self.declared(source)
        self.assertEqual(box, "export interface Box<T = unknown> {\n  item: T;\n}")
        self.assertIn("  item: string;\n", texts)
        self.assertEqual(self.signatures(source), ["(box: Box<number>): Promise<Box<string>[]>"])

    def test_typed_dicts(self):
        source = """
        class Base(TypedDict):
            title: str
        class Movie(Base, total=False):
            year: int
        Odd = TypedDict("Odd", {"a-b": str})
        def f(movie: Movie, odd: Odd): ...
        """
        base, movie, odd, _ = self.declared(source)
        self.assertEqual(base, "export interface Base {\n  title: string;\n}")
        self.assertEqual(movie, "export interface Movie {\n  title: string;\n  year?: number;\n}")
        self.assertEqual(odd, "export interface Odd {\n  'a-b': string;\n}")

    @unittest.skipIf(sys.version_info < (3, 11), "written so from 3.11 on")
    def test_members_that_are_required_or_not_also_where_hints_are_text(self):
        source = """
        class Movie(TypedDict):
            title: Required[str]
            year: NotRequired[Annotated[int, 1]]
        def f() -> Movie: ...
        """
        for imports in (IMPORTS, f"from __future__ import annotations\n{IMPORTS}"):
            movie, _ = self.declared(source, imports=imports)
            self.assertEqual(
                movie, "export interface Movie {\n  title: string;\n  year?: number;\n}"
            )

    def test_enums_are_their_values(self):
        source = """
        class Color(enum.Enum):
            RED = "red"
            ONE = 1
        class Right(enum.Flag):
            READ = 1
        def f(right: Right, only: Literal[Color.RED]) -> Color: ...
        """
        color, right, function = self.declared(source)
        self.assertEqual(color, "export type Color = 'red' | 1;")
        self.assertEqual(right, "export type Right = number;")
        self.assertIn("f(right: Right, only: 'red'): Promise<Color>", function)

    def test_named_tuples(self):
        source = """
        class Point(NamedTuple):
            x: int
            y: Optional["Point"] = None
        def f() -> Point: ...
        """
        self.assertEqual(
            self.declared(source)[0],
            "export type Point = readonly [x: number, y: Point | null];",
        )
        # Invalid as labels in TypeScript.
        source = "class Old(NamedTuple):\n    new: int\n    new_: str\ndef f() -> Old: ..."
        self.assertEqual(
            self.declared(source)[0], "export type Old = readonly [new__: number, new_: string];"
        )

    def test_new_types(self):
        source = "UserId = NewType('UserId', int)\ndef f(id: UserId) -> Dict[str, UserId]: ..."
        self.assertIn("export type UserId = number;", self.declared(source))
        self.assertEqual(self.signatures(source), ["(id: UserId): Promise<Record<string, UserId>>"])

    @unittest.skipIf(sys.version_info < (3, 12), "written so from 3.12 on")
    def test_type_statements_also_those_that_hold_themselves(self):
        source = """
        type Json = dict[str, Json] | list[Json] | str | None
        type Pair[T] = tuple[T, T]
        def f[T](item: T) -> Pair[T]: ...
        def g() -> Json: ...
        """
        json, pair, *_ = self.declared(source)
        self.assertEqual(
            json,
            "export type Json = { [key: string]: Json } | readonly Json[] | string | null;",
        )
        self.assertEqual(pair, "export type Pair<T = unknown> = readonly [T, T];")
        self.assertEqual(self.signatures(source), ["<T>(item: T): Promise<Pair<T>>"])

    def test_names_that_stand_for_something_else_in_typescript(self):
        source = """
        class Record(NamedTuple):
            a: str
        def f() -> Record: ...
        """
        self.assertEqual(self.declared(source)[0], "export type Record_ = readonly [a: string];")


class FunctionsTest(DeclarationsTest):
    def test_keyword_arguments_follow_any_of_the_optional_ones(self):
        self.assertEqual(
            self.signatures("def f(a: str, b: float = 2, *, flag: bool = False) -> str: ..."),
            [
                "(a: string, b?: number): Promise<string>",
                "(a: string, keywords: Keywords<{ b?: number; flag?: boolean }>): Promise<string>",
                "(a: string, b: number, keywords: Keywords<{ flag?: boolean }>): Promise<string>",
            ],
        )

    def test_required_keyword_arguments_are_required(self):
        self.assertEqual(
            self.signatures("def f(a: str, *, unit: str) -> str: ..."),
            ["(a: string, keywords: Keywords<{ unit: string }>): Promise<string>"],
        )

    def test_positional_only_parameters_are_no_keywords(self):
        self.assertEqual(
            self.signatures("def f(a: str, b: str = '', /) -> str: ..."),
            ["(a: string, b?: string): Promise<string>"],
        )

    def test_any_number_of_arguments(self):
        self.assertEqual(
            self.signatures("def f(*a: str, **others: bool) -> str: ..."),
            [
                "(...a: string[]): Promise<string>",
                (
                    "(...args: [...a: string[], keywords: Keywords<{ [name: string]: boolean }>]): "
                    "Promise<string>"
                ),
            ],
        )
        # The index signature has to include the types of the named members.
        self.assertIn(
            "Keywords<{ a?: string; [name: string]: boolean | string | undefined }>",
            self.signatures("def f(*, a: str = '', **others: bool): ...")[1],
        )

    def test_functions_without_hints_take_and_give_anything(self):
        self.assertEqual(self.signatures("def f(a, *, b): ...")[0][:12], "(a: unknown,")
        self.assertEqual(self.signatures("def f(): ..."), ["(): Promise<unknown>"])

    def test_awaitables_are_their_results(self):
        self.assertEqual(self.signatures("async def f() -> str: ..."), ["(): Promise<string>"])
        self.assertEqual(self.result("Awaitable[str]"), "string")
        self.assertEqual(self.result("Coroutine[Any, Any, str]"), "string")

    def test_generators(self):
        expected = "AsyncGenerator<string, void, void>"
        for hint in ("Iterator[str]", "Generator[str, int, bool]", "AsyncIterator[str]"):
            self.assertEqual(self.result(hint), expected)
        self.assertEqual(
            self.signatures("def f() -> Iterable[str]:\n    yield ''"), [f"(): Promise<{expected}>"]
        )
        self.assertEqual(
            self.signatures("async def f():\n    yield ''"),
            ["(): Promise<AsyncGenerator<unknown, void, void>>"],
        )

    def test_type_variables(self):
        self.assertEqual(
            self.signatures("T = TypeVar('T')\ndef f(items: Sequence[T], one: T) -> T: ..."),
            ["<T>(items: readonly T[], one: T): Promise<T>"],
        )
        self.assertEqual(
            self.signatures("def f(a: AnyStr, b: AnyStr) -> AnyStr: ..."),
            [
                "(a: Uint8Array | ArrayBuffer, b: Uint8Array | ArrayBuffer): Promise<Uint8Array>",
                "(a: string, b: string): Promise<string>",
            ],
        )

    def test_bounds_of_type_variables(self):
        source = """
        @dataclasses.dataclass
        class Shape:
            name: str
        S = TypeVar("S", bound="Shape")
        def f(shape: S) -> List[S]: ...
        """
        self.assertEqual(self.signatures(source), ["<S extends Shape>(shape: S): Promise<S[]>"])
        # TypeScript would infer the literal that is passed as the result.
        self.assertEqual(
            self.signatures("N = TypeVar('N', bound=int)\ndef f(n: N) -> N: ..."),
            ["(n: number | bigint): Promise<number>"],
        )

    def test_names_that_are_reserved_words(self):
        source = "def delete(new: str = ''): ..."
        self.assertEqual(
            self.declared(source)[-1],
            "declare function delete_(new_?: string): Promise<unknown>;\n"
            "declare function delete_(keywords: Keywords<{ new?: string }>): Promise<unknown>;\n"
            "export { delete_ as delete };",
        )

    def test_a_parameter_that_is_called_as_ours(self):
        signatures = self.signatures("def f(keywords: str = ''): ...")
        self.assertIn("(keywords_: Keywords<{ keywords?: string }>)", signatures[1])

    def test_documentation(self):
        source = '''
        def f():
            """Does it.

                Indented */ text.
            Back.
            """
        '''
        self.assertEqual(
            self.declared(source)[0].split("\n")[:-1],
            ["/**", " * Does it.", " *", " *     Indented *\\/ text.", " * Back.", " */"],
        )

    def test_functions_in_others(self):
        source = """
        @functools.lru_cache()
        def cached(a: str) -> str: ...
        def f(a: str, b: str) -> str: ...
        partial = functools.partial(f, "a")
        """
        text = "\n".join(self.declared(source))
        self.assertIn("function cached(a: string): Promise<string>", text)
        self.assertIn("function partial(b: string): Promise<string>", text)

    def test_only_what_is_used_is_imported(self):
        (imports, _) = self.declared("def f(a: datetime.date) -> uuid.UUID:\n    'Decimal'")
        self.assertEqual(imports, "import type { PlainDate, Uuid } from 'fujian';")


class ModulesTest(DeclarationsTest):
    def names(self, source):
        text = "\n".join(self.declared(source))
        return [part.partition("(")[0] for part in text.split("export function ")[1:]]

    def test_public_functions_that_are_defined_in_the_module(self):
        source = """
        from textwrap import dedent
        def a(): ...
        def _b(): ...
        class C:
            def __call__(self): ...
        c = C()
        """
        self.assertEqual(self.names(source), ["a"])

    def test_names_in_all(self):
        source = """
        from textwrap import dedent
        __all__ = ["dedent", "_b", "missing"]
        def a(): ...
        def _b(): ...
        """
        self.assertEqual(self.names(source), ["dedent", "_b"])

    def test_objects_that_raise_on_inspection_are_left_out(self):
        source = """
        from unittest.mock import call, Mock
        class Absent:
            def __getattribute__(self, name):
                raise RuntimeError("not there yet")
        absent = Absent()
        mock = Mock()
        def a(): ...
        """
        self.assertEqual(self.names(source), ["a"])

    def test_classes_with_odd_metaclasses(self):
        source = """
        class Raising(type):
            def __getattr__(self, name): raise RuntimeError(name)
        class Willing(type):
            def __getattr__(self, name): return 1
        class User(metaclass=Raising): pass
        class Mock(metaclass=Willing): pass
        def f(user: User, mock: Mock) -> int: ...
        """
        user, mock = "unknown /* described.User */", "unknown /* described.Mock */"
        self.assertEqual(
            self.signatures(source), [f"(user: {user}, mock: {mock}): Promise<number>"]
        )

    def test_only_a_function_that_raises_on_inspection_is_left_out(self):
        source = """
        class Hint:
            def __hash__(self): raise RuntimeError("two\\nlines")
        def f(it: Hint()): ...
        def g() -> int: ...
        """
        self.assertEqual(
            self.declared(source),
            [
                "// 'f' is left out: RuntimeError: two lines",
                "export function g(): Promise<number>;",
            ],
        )

    def test_modules_of_the_standard_library(self):
        for name in ("math", "json", "os", "statistics", "typing", "asyncio", "collections"):
            with self.subTest(name):
                self.assertIn("export function", declaring.declare(name))

    def test_errors_of_modules_without_functions(self):
        with self.assertRaisesRegex(problems.NoSuchModuleError, "no Python module 'not_there'"):
            declaring.declare("not_there.inner")
        with self.assertRaisesRegex(problems.NothingToDeclareError, "no public function"):
            self.declared("x = 1")

    def test_a_module_that_is_missing_in_another_one_is_an_error_of_that(self):
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, "needs_another.py").write_text("import not_there")
            sys.path.insert(0, folder)
            self.addCleanup(sys.path.remove, folder)
            with self.assertRaises(ModuleNotFoundError):
                declaring.declare("needs_another")


if __name__ == "__main__":
    unittest.main()
