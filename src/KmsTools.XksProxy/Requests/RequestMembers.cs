using System.Text.Json;

namespace KmsTools.XksProxy.Requests;

/// <summary>
/// The members of a request. Blobs stay where they were received; what they are is known only when they are decoded. Members that are not
/// known are skipped: KMS may send more one day.
/// </summary>
internal sealed class RequestMembers
{
    private static readonly JsonReaderOptions Strict = new() { MaxDepth = 16 };

    // A bit per member that was seen: twice is once too often.
    private uint _seen;

    private RequestMembers()
    {
    }

    /// <summary>Who calls KMS for what; null where it is missing.</summary>
    public RequestMetadata? Metadata { get; private set; }

    public JsonBlob Plaintext { get; private set; }

    public JsonBlob Ciphertext { get; private set; }

    public JsonBlob AdditionalData { get; private set; }

    public JsonBlob Iv { get; private set; }

    public JsonBlob Tag { get; private set; }

    public JsonBlob CiphertextMetadata { get; private set; }

    /// <summary>Whether the algorithm is the only one, AES_GCM; null where it is missing.</summary>
    public bool? IsAesGcm { get; private set; }

    /// <summary>Whether a check value with SHA_256 is asked for; false for another one; null for none.</summary>
    public bool? WantsSha256 { get; private set; }

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body: one JSON object.</param>
    /// <exception cref="XksException">ValidationException: it is not JSON, or a member is of another type or there twice.</exception>
    public static RequestMembers Read(ReadOnlySpan<byte> body)
    {
        RequestMembers members = new();
        try
        {
            Utf8JsonReader reader = new(body, Strict);
            members.ReadObject(ref reader);
            return reader.Read() ? throw XksException.Invalid("There is more after the JSON object.") : members;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // The second one is for text that is not UTF-8 or half a surrogate pair. The messages may repeat what was sent.
            throw XksException.Invalid("The body is not a JSON object in UTF-8.");
        }
    }

    /// <summary>Requires who calls, as it must be there for an operation.</summary>
    /// <exception cref="XksException">ValidationException: something is missing.</exception>
    public RequestMetadata RequireMetadata(XksApi api)
    {
        if (Metadata is null)
        {
            throw XksException.Invalid("requestMetadata is missing.");
        }

        Metadata.Require(api);
        return Metadata;
    }

    /// <summary>Requires the members of an encryption.</summary>
    /// <exception cref="XksException">ValidationException: one is missing, or asks for another algorithm.</exception>
    public void RequireEncryption()
    {
        Require(Plaintext, "plaintext");
        RequireAesGcm();
        if (WantsSha256 == false)
        {
            throw XksException.Invalid("ciphertextDataIntegrityValueAlgorithm is not SHA_256.");
        }
    }

    /// <summary>Requires the members of a decryption.</summary>
    /// <exception cref="XksException">ValidationException: one is missing, or asks for another algorithm.</exception>
    public void RequireDecryption()
    {
        Require(Ciphertext, "ciphertext");
        Require(Iv, "initializationVector");
        Require(Tag, "authenticationTag");
        RequireAesGcm();
    }

    private static void Require(JsonBlob blob, string name)
    {
        if (!blob.IsThere)
        {
            throw XksException.Invalid($"{name} is missing.");
        }
    }

    private void RequireAesGcm()
    {
        if (IsAesGcm != true)
        {
            throw XksException.Invalid($"encryptionAlgorithm is {(IsAesGcm is null ? "missing" : "not AES_GCM")}.");
        }
    }

    private void ReadObject(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw XksException.Invalid("The body is not a JSON object.");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("requestMetadata"u8))
            {
                See(0, "requestMetadata");
                Metadata = ReadMetadata(ref reader);
            }
            else if (reader.ValueTextEquals("plaintext"u8))
            {
                Plaintext = Blob(ref reader, 1, "plaintext");
            }
            else if (reader.ValueTextEquals("additionalAuthenticatedData"u8))
            {
                AdditionalData = Blob(ref reader, 2, "additionalAuthenticatedData");
            }
            else if (reader.ValueTextEquals("encryptionAlgorithm"u8))
            {
                RequireText(ref reader, 3, "encryptionAlgorithm");
                IsAesGcm = reader.ValueTextEquals("AES_GCM"u8);
            }
            else if (reader.ValueTextEquals("ciphertextDataIntegrityValueAlgorithm"u8))
            {
                RequireText(ref reader, 4, "ciphertextDataIntegrityValueAlgorithm");
                WantsSha256 = reader.ValueTextEquals("SHA_256"u8);
            }
            else if (reader.ValueTextEquals("ciphertext"u8))
            {
                Ciphertext = Blob(ref reader, 5, "ciphertext");
            }
            else if (reader.ValueTextEquals("initializationVector"u8))
            {
                Iv = Blob(ref reader, 6, "initializationVector");
            }
            else if (reader.ValueTextEquals("authenticationTag"u8))
            {
                Tag = Blob(ref reader, 7, "authenticationTag");
            }
            else if (reader.ValueTextEquals("ciphertextMetadata"u8))
            {
                CiphertextMetadata = Blob(ref reader, 8, "ciphertextMetadata");
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private RequestMetadata ReadMetadata(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw XksException.Invalid("requestMetadata is not an object.");
        }

        RequestMetadata metadata = new();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("awsPrincipalArn"u8))
            {
                metadata.AwsPrincipalArn = Text(ref reader, 16, "requestMetadata.awsPrincipalArn");
            }
            else if (reader.ValueTextEquals("kmsKeyArn"u8))
            {
                metadata.KmsKeyArn = Text(ref reader, 17, "requestMetadata.kmsKeyArn");
            }
            else if (reader.ValueTextEquals("kmsOperation"u8))
            {
                metadata.KmsOperation = Text(ref reader, 18, "requestMetadata.kmsOperation");
            }
            else if (reader.ValueTextEquals("kmsRequestId"u8))
            {
                metadata.KmsRequestId = Text(ref reader, 19, "requestMetadata.kmsRequestId");
            }
            else if (reader.ValueTextEquals("kmsViaService"u8))
            {
                metadata.KmsViaService = Text(ref reader, 20, "requestMetadata.kmsViaService");
            }
            else if (reader.ValueTextEquals("awsSourceVpc"u8))
            {
                metadata.AwsSourceVpc = Text(ref reader, 21, "requestMetadata.awsSourceVpc");
            }
            else if (reader.ValueTextEquals("awsSourceVpce"u8))
            {
                metadata.AwsSourceVpce = Text(ref reader, 22, "requestMetadata.awsSourceVpce");
            }
            else
            {
                reader.Skip();
            }
        }

        return metadata;
    }

    private JsonBlob Blob(ref Utf8JsonReader reader, int bit, string name)
    {
        RequireText(ref reader, bit, name);
        return new JsonBlob((int)reader.TokenStartIndex, reader.ValueSpan.Length, reader.ValueIsEscaped, name);
    }

    private string Text(ref Utf8JsonReader reader, int bit, string name)
    {
        RequireText(ref reader, bit, name);
        return reader.GetString()!;
    }

    private void RequireText(ref Utf8JsonReader reader, int bit, string name)
    {
        See(bit, name);
        if (!reader.Read() || reader.TokenType != JsonTokenType.String)
        {
            throw XksException.Invalid($"{name} is not a string.");
        }
    }

    private void See(int bit, string name)
    {
        if ((_seen & (1u << bit)) != 0)
        {
            throw XksException.Invalid($"{name} is there twice.");
        }

        _seen |= 1u << bit;
    }
}
