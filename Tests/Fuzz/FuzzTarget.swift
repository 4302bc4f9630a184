import Foundation

/// A reader of bytes from outside, with inputs to begin with.
///
/// `check` must end within limits of time and memory for any input. It crashes if a promise about the result is broken.
struct FuzzTarget: Sendable {
    let name: String
    let seeds: @Sendable () throws -> [[UInt8]]
    let check: @Sendable ([UInt8]) -> Void

    /// The contents of the repository's files in `folder` and its subfolders whose names end with `suffix`.
    static func files(in folder: String, _ suffix: String) throws -> [[UInt8]] {
        guard let names = FileManager.default.enumerator(atPath: folder) else { throw CocoaError(.fileNoSuchFile) }
        return try names.compactMap { $0 as? String }.filter { $0.hasSuffix(suffix) }.sorted().map {
            Array(try Data(contentsOf: URL(filePath: "\(folder)/\($0)")))
        }
    }
}
