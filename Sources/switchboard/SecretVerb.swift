import ArgumentParser
import SwitchboardApp

/// `switchboard secret`. It is not named after its verb, since `Secret` is a type of the settings.
struct SecretVerb: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret", abstract: "Make secrets for the settings.", subcommands: [New.self])

    /// `switchboard secret new`.
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Print a new random secret.",
            discussion: """
                The form is that which the settings require: whsec_ and Base64 for a chat or kiosk account, hexadecimal digits otherwise. For \
                a client or an operator a second line has sha256: and the digest, which the settings may have in place of the secret, so that \
                nobody gets in with what is in the file. Nothing is stored.

                \(VerbExit.codes("printed", input: nil))

                Examples:
                  switchboard secret new
                  switchboard secret new --kind operator
                """)

        @Option(help: "What it is for.")
        var kind = FreshSecret.Kind.signing

        @Flag(help: "Print one JSON object: secret, and digest if there is one.")
        var json = false

        func run() {
            let secret = FreshSecret(kind)
            print(json ? secret.json : ([secret.text] + [secret.digest].compactMap(\.self)).joined(separator: "\n"))
        }
    }
}

extension FreshSecret.Kind: ExpressibleByArgument {}
