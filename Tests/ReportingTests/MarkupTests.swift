// Tests of elements, escaping and tables.

import Testing

@testable import Reporting

@Suite("Markup")
struct MarkupTests {
  @Test func textAndAttributesAreEscaped() {
    #expect(
      Markup("b", ["title": "\"a\" & 'b'"], "1 < 2 > 0").rendered
        == "<b title=\"&quot;a&quot; &amp; &#39;b&#39;\">1 &lt; 2 &gt; 0</b>")
  }

  @Test func charactersThatNoDocumentMayHoldAreReplaced() {
    #expect(
      Markup.text("a\u{0}b\u{1B}c\u{FFFE}d\u{85}").rendered
        == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{FFFD}")
    #expect(Markup.text("a\r\nb\tc").rendered == "a\nb\tc")
  }

  @Test func onlySomeElementsMayDoWithoutAnEnd() {
    #expect(Markup("span").rendered == "<span></span>")
    #expect(Markup("circle", ["r": "1"]).rendered == "<circle r=\"1\" />")
    #expect(Markup.nothing.rendered == "")
  }

  @Test func styleSheetsKeepTheirText() {
    #expect(Markup("style", [:], "a > b {}").rendered == "<style>a > b {}</style>\n")
    #expect(!Markup("style", [:], "</style><script>").rendered.contains("<script>"))
    #expect(!StyleSheet.text.contains("http") && !StyleSheet.text.contains("@import"))
  }

  @Test func tablesNameTheirRowsAndColumns() {
    let table = HTMLTable(
      caption: "All", columns: ["name", "n"], rows: [[.text("a"), .text("1")]])
    let document = DocumentReader(table.markup.rendered)
    #expect(document.failure == nil)
    #expect(document.elements("caption").map(\.text) == ["All"])
    #expect(document.elements("th").map { $0.attributes["scope"] } == ["col", "col", "row"])
    #expect(document.elements("td").map { $0.attributes["class"] } == ["number"])
  }

  @Test func commandsAreQuotedForAShell() {
    #expect(OriginSection.shell(["a", "b c", "", "d'e", "x=1.5"]) == "a 'b c' '' 'd'\\''e' x=1.5")
  }

  @Test func onlyWebAddressesBecomeLinks() {
    let nodes = OriginSection.linked("See https://a.org/x?a=1&b=2. and javascript:alert(1)")
    let text = Markup.group(nodes).rendered
    #expect(
      text == "See <a href=\"https://a.org/x?a=1&amp;b=2\">https://a.org/x?a=1&amp;b=2</a>. and "
        + "javascript:alert(1)")
  }
}
