// Reads a page or a drawing back, strictly, to look at its elements and words.

import Foundation
import FoundationXML

/// Reads a page or a drawing back, strictly, to look at its elements and words.
final class DocumentReader: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    var text = ""
  }

  /// All elements in the order of their start.
  private(set) var elements: [Element] = []
  private var open: [Int] = []
  /// What is wrong with the document; `nil` if every tag is balanced and every text escaped.
  private(set) var failure: String?

  init(_ document: String) {
    super.init()
    let parser = XMLParser(data: Foundation.Data(document.utf8))
    parser.delegate = self
    if !parser.parse() {
      failure = "line \(parser.lineNumber): \(parser.parserError.map { "\($0)" } ?? "unknown")"
    }
  }

  /// All words, those of style sheets left out.
  var text: String {
    elements.filter { $0.name != "style" }.map(\.text).joined(separator: " ")
  }

  func elements(_ name: String) -> [Element] { elements.filter { $0.name == name } }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if let last = open.last { elements[last].text += string }
  }

  func parser(
    _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
  ) {
    open.removeLast()
  }
}
