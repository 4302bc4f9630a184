import Foundation
import Signing
import Testing

@Suite("The facts of a certificate that are used")
struct CertificateFactsTests {
    @Test("Its common name and the end of its validity are read")
    func facts() throws {
        let der = try #require(Data(base64Encoded: Self.certificate, options: .ignoreUnknownCharacters))
        let facts = try #require(CertificateFacts(der: Array(der)))
        #expect(facts.commonName == "client.webhooks.fbclientcerts.com")
        #expect(facts.notAfter == Self.notAfter)
    }

    @Test("Bytes that are not a certificate are refused", arguments: [[], [0x30], Array("certificate".utf8)])
    func noCertificate(bytes: [UInt8]) { #expect(CertificateFacts(der: bytes) == nil) }

    /// A self-signed certificate, created by openssl for this test.
    private static let certificate = """
        MIIBrzCCAVWgAwIBAgIUMgG4uO1HrRCilnLs34ETJnjnHlgwCgYIKoZIzj0EAwIwLDEqMCgGA1UEAwwhY2xpZW50LndlYmhvb2tzLmZiY2xpZW
        50Y2VydHMuY29tMCAXDTI2MTEyNTIxMjExMloYDzIxMjYxMTAxMjEyMTEyWjAsMSowKAYDVQQDDCFjbGllbnQud2ViaG9va3MuZmJjbGllbnRj
        ZXJ0cy5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAROenCZUHJuKJx2ryFusRPNtv2mBBEXI8m/EGjlIM/kEzC9/wdchXyD9ZopXVQd38
        H3EvbtRJr+v5UVroInib+Go1MwUTAdBgNVHQ4EFgQUKXV2mbOi2IkKF72A4LqUgkn1luUwHwYDVR0jBBgwFoAUKXV2mbOi2IkKF72A4LqUgkn1
        luUwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiEAumvxSihYzVxLw8Jj62jmzr9z7kMGoy8X6s0sQzLfQcoCIBCIF18d0JASo+
        AjiYVckkjbxRhtWpdltejCR+PqWkpK
        """
    private static let notAfter: Int64 = 4949241672
}
