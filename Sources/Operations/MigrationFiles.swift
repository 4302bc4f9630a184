import Files
import Foundation
public import JSON
public import Supabase

/// The schema's scripts as files, as the Supabase CLI keeps them: `supabase/migrations/<version>_<name>.sql`.
public struct MigrationFiles: Sendable {
    private let folder: String
    private let migrations: [Migration]

    /// The folder is made where there is none. The scripts are those for `schema`.
    public init(folder: String, schema: SchemaName = .public) {
        self.folder = folder
        migrations = Migration.all(in: schema)
    }

    /// Writes those that are not there, and those that an earlier version wrote and a later script replaces: they stay in the folder, since a
    /// project that has applied one must keep its file, and do nothing any more. Throws where a file is there with other contents, before
    /// anything is written.
    public func write() throws(MigrationFilesError) -> [WrittenMigration] {
        var found: [String: String] = [:]
        for migration in migrations {
            let text: String
            do throws(SmallFileError) { text = String(decoding: try SmallFile(path(of: migration)).read(), as: UTF8.self) } catch {
                if error.isAbsence { continue }
                throw MigrationFilesError(description: "\(path(of: migration)): \(error). Nothing was written")
            }
            guard migration.isFiled(text) else {
                throw MigrationFilesError(
                    description: """
                        \(path(of: migration)) is there and is not the script of this version: nothing was written. Move the file away, or write \
                        into another folder.
                        """
                )
            }
            found[migration.file] = text
        }
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            return try migrations.map { migration in
                let isNew = found[migration.file] != migration.filed
                if isNew { try Data(migration.filed.utf8).write(to: URL(fileURLWithPath: path(of: migration)), options: .atomic) }
                return WrittenMigration(file: path(of: migration), isNew: isNew)
            }
        } catch {
            throw MigrationFilesError(description: "\(folder): the scripts could not be written: \(error.localizedDescription)")
        }
    }

    private func path(of migration: Migration) -> String { "\(folder)/\(migration.file)" }
}

/// A script that is in its folder.
public struct WrittenMigration: Presentable, Equatable {
    /// Its path.
    public let file: String
    /// False where it was there before, as it is to be.
    public let isNew: Bool

    /// Writes `{"file":…,"new":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("file", file)
            line.member("new", isNew)
        }
    }
}

/// Why scripts were not written.
public struct MigrationFilesError: Error, CustomStringConvertible {
    /// Names the file or the folder.
    public let description: String
}
