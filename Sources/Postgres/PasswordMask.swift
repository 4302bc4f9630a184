/// Takes a password out of texts that are shown.
struct PasswordMask: Sendable {
    private let password: String?

    /// A password that is also somebody's name or a host's is not hidden: where it is shown, it is shown as that.
    init(_ password: String, except names: [String?]) {
        self.password = password.isEmpty || names.contains(password) ? nil : password
    }

    func hide(in text: String) -> String {
        guard let password else { return text }
        return text.split(separator: password, omittingEmptySubsequences: false).joined(separator: "•••")
    }
}
