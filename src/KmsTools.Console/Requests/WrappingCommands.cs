namespace KmsTools.WebConsole.Requests;

/// <summary>How to encrypt key material for import outside of the console: with OpenSSL 3 or with KmsTools.</summary>
internal static class WrappingCommands
{
    /// <summary>The commands for an algorithm, over the files of a download.</summary>
    public static string Of(AlgorithmSpec algorithm) => $"""
        # With OpenSSL 3
        {OpenSsl(algorithm)}

        # Or with KmsTools in PowerShell
        $wrapped = Protect-KmsKeyMaterial (Get-Item ./PlaintextKeyMaterial.bin) -PublicKey (Get-Item ./WrappingPublicKey.bin) `
            -WrappingAlgorithm {algorithm}
        [IO.File]::WriteAllBytes("$PWD/EncryptedKeyMaterial.bin", $wrapped.EncryptedKeyMaterial.ToArray())
        """;

    private static string OpenSsl(AlgorithmSpec algorithm)
    {
        string hash = algorithm is AlgorithmSpec.RSAES_OAEP_SHA_1 or AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_1 ? "sha1" : "sha256";
        return algorithm is AlgorithmSpec.RSAES_OAEP_SHA_1 or AlgorithmSpec.RSAES_OAEP_SHA_256
            ? Rsa("PlaintextKeyMaterial.bin", "EncryptedKeyMaterial.bin", hash)
            : $"""
                openssl rand -out AesKey.bin 32
                openssl enc -id-aes256-wrap-pad -iv A65959A6 -K "$(od -An -v -tx1 AesKey.bin | tr -d ' \n')" \
                    -in PlaintextKeyMaterial.bin -out WrappedKeyMaterial.bin
                {Rsa("AesKey.bin", "WrappedAesKey.bin", hash)}
                cat WrappedAesKey.bin WrappedKeyMaterial.bin > EncryptedKeyMaterial.bin
                rm AesKey.bin
                """;
    }

    private static string Rsa(string from, string to, string hash) => $"""
        openssl pkeyutl -encrypt -in {from} -out {to} \
            -inkey WrappingPublicKey.bin -keyform DER -pubin \
            -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{hash} -pkeyopt rsa_mgf1_md:{hash}
        """;
}
