import Foundation
import Journal

/// The sizes of the sources, for a display of progress.
public struct SourceSizes: Sendable {
    /// Per source: bytes, files or deliveries; nil if unknown.
    private let totals: [Double?]
    private let isByBytes: [Bool]

    /// Gets the sizes of files, and the number of deliveries of journals.
    public init(_ sources: [CaptureSource], _ filter: CaptureFilter) async {
        var totals: [Double?] = []
        for source in sources { totals.append(await SourceSizes.total(source, filter)) }
        self.totals = totals
        isByBytes = sources.map { if case .lines = $0 { true } else { false } }
    }

    /// The fraction of all sources before a position, 0 to 1; nil if a size is unknown.
    public func fraction(at position: ReplayPosition) -> Double? {
        guard !totals.isEmpty else { return nil }
        guard position.source < totals.count else { return 1 }
        guard let total = totals[position.source] else { return nil }
        let done = isByBytes[position.source] ? Double(position.point.offset) : Double(position.point.count)
        return (Double(position.source) + (total > 0 ? min(done / total, 1) : 1)) / Double(totals.count)
    }

    private static func total(_ source: CaptureSource, _ filter: CaptureFilter) async -> Double? {
        switch source {
        case .files(let paths): return Double(paths.count)
        case .lines(let path):
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (attributes?[.size] as? NSNumber)?.doubleValue
        case .journal(let path):
            guard let reader = try? JournalReader(path: path) else { return nil }
            return (try? await reader.captureCount(filter)).map { Double($0) }
        case .har, .pipe, .standardInput: return nil
        }
    }
}
