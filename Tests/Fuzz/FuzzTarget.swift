import Foundation

/// Something that reads bytes from outside, with inputs to begin from.
///
/// `check` must end, in time and within memory, whatever it is given; it ends the process where a promise about the result does not hold.
struct FuzzTarget: Sendable {
    let name: String
    let seeds: @Sendable () throws -> [[UInt8]]
    let check: @Sendable ([UInt8]) -> Void

    /// The contents of files of the repository: those in `folder` and below whose names end in `suffix`.
    static func files(in folder: String, _ suffix: String) throws -> [[UInt8]] {
        guard let names = FileManager.default.enumerator(atPath: folder) else { throw CocoaError(.fileNoSuchFile) }
        return try names.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.sorted().map {
            Array(try Data(contentsOf: URL(filePath: "\(folder)/\($0)")))
        }
    }
}
