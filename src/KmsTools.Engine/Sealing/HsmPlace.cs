using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;

namespace KmsTools.Sealing;

/// <summary>What a slot keeps of a key in an HSM.</summary>
/// <param name="TokenUri">The PKCS#11 URI of the token, with its library, without a PIN.</param>
/// <param name="Label">CKA_LABEL of the key.</param>
/// <param name="Id">CKA_ID of the key, by which it is found.</param>
/// <param name="Wrapped">The key of the slot, encrypted by the HSM.</param>
internal sealed record HsmPlace(string TokenUri, string Label, byte[] Id, byte[] Wrapped)
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The URI of the key.</summary>
    public string Uri
    {
        get
        {
            int mark = TokenUri.IndexOf('?', StringComparison.Ordinal);
            string path = mark < 0 ? TokenUri : TokenUri[..mark];
            string key = $"object={System.Uri.EscapeDataString(Label)};id={string.Concat(Id.Select(static octet => $"%{octet:X2}"))}";
            return path + (path.EndsWith(':') ? "" : ";") + key + (mark < 0 ? "" : TokenUri[mark..]);
        }
    }

    /// <summary>What the HSM authenticates beside the key of the slot.</summary>
    public byte[] AdditionalData => [.. "KmsTools HSM slot 1"u8, .. Id];

    /// <summary>Reads the parameters of a slot; null if they are damaged.</summary>
    public static HsmPlace? Read(ImmutableArray<byte> parameters)
    {
        ReadOnlySpan<byte> rest = parameters.AsSpan();
        return TryTake(ref rest, out byte[] uri) && TryTake(ref rest, out byte[] label) && TryTake(ref rest, out byte[] id)
            && rest.Length > 0 && TryRead(uri, out string tokenUri) && TryRead(label, out string labelText)
                ? new HsmPlace(tokenUri, labelText, id, rest.ToArray())
                : null;
    }

    /// <summary>The parameters of a slot.</summary>
    public ImmutableArray<byte> ToParameters() =>
        [.. WithLength(Encoding.UTF8.GetBytes(TokenUri)), .. WithLength(Encoding.UTF8.GetBytes(Label)), .. WithLength(Id), .. Wrapped];

    private static byte[] WithLength(byte[] value)
    {
        byte[] length = new byte[sizeof(ushort)];
        BinaryPrimitives.WriteUInt16BigEndian(length, checked((ushort)value.Length));
        return [.. length, .. value];
    }

    private static bool TryTake(ref ReadOnlySpan<byte> rest, out byte[] value)
    {
        value = [];
        if (rest.Length < sizeof(ushort) || rest.Length < sizeof(ushort) + BinaryPrimitives.ReadUInt16BigEndian(rest))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(rest);
        value = rest.Slice(sizeof(ushort), length).ToArray();
        rest = rest[(sizeof(ushort) + length)..];
        return true;
    }

    private static bool TryRead(byte[] utf8, out string text)
    {
        try
        {
            text = s_strict.GetString(utf8);
            return true;
        }
        catch (DecoderFallbackException)
        {
            text = "";
            return false;
        }
    }
}
