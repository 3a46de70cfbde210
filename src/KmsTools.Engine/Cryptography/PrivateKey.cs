namespace KmsTools.Cryptography;

/// <summary>An asymmetric key pair in memory. Not for use by several threads at once.</summary>
internal abstract class PrivateKey : IDisposable
{
    /// <summary>The private key: PKCS#8 PrivateKeyInfo (DER).</summary>
    public abstract Secret Export();

    /// <summary>The public key: SubjectPublicKeyInfo (DER).</summary>
    public abstract byte[] ExportPublicKey();

    /// <summary>Signs.</summary>
    public abstract byte[] Sign(MessageToSign message);

    /// <summary>Whether a signature over the message was made with this key.</summary>
    public abstract bool Verify(MessageToSign message, byte[] signature);

    /// <summary>Whether the private and the public half belong together.</summary>
    public bool IsConsistent()
    {
        MessageToSign message = TestMessage;
        return Verify(message, Sign(message));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>An arbitrary message that the key can sign.</summary>
    protected abstract MessageToSign TestMessage { get; }

    /// <summary>Releases the key.</summary>
    protected abstract void Dispose(bool disposing);
}
