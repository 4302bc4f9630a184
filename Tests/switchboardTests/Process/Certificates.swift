import Foundation
import SwitchboardTesting

/// Certificates of a test authority, created by openssl in a folder.
struct Certificates {
    let folder: String

    /// Creates the authority, `ca.pem`.
    init(in folder: String) async throws {
        self.folder = folder
        try await openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem")
    }

    /// Creates `NAME.pem` and `NAME.key`, for a server on 127.0.0.1 and for a client.
    func issue(_ name: String, commonName: String) async throws {
        try await openssl(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=\(commonName) -keyout \(name).key.new -out \(name).csr")
        let extensions = "subjectAltName=IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n"
        try Data(extensions.utf8).write(to: URL(fileURLWithPath: "\(folder)/\(name).ext"))
        try await openssl(
            "x509 -req -in \(name).csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile \(name).ext -out \(name).pem.new")
        // Replaces both files together, as a program that renews certificates does.
        for file in ["\(name).key", "\(name).pem"] { rename("\(folder)/\(file).new", "\(folder)/\(file)") }
    }

    /// Runs curl, which trusts the authority; returns its output and exit code.
    func curl(_ arguments: String) async throws -> BuiltProgram.Outcome {
        try await BuiltProgram.shell("cd '\(folder)' && curl -sS --max-time 20 --cacert ca.pem \(arguments)")
    }

    private func openssl(_ arguments: String) async throws {
        let outcome = try await BuiltProgram.shell("cd '\(folder)' && openssl \(arguments)")
        guard outcome.exitCode == 0 else { throw ProcessFailure("openssl \(arguments): \(outcome.errors)") }
    }
}
