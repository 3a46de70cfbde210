using System.Text;

namespace KmsTools;

/// <summary>Changes bytes and text as a fuzzer does.</summary>
internal static class Mutation
{
    private static readonly byte[][] s_tokens =
    [
        .. new[]
        {
            "\0", "\"", "\\", "{", "}", "[", "]", ":", ",", "\r\n", "\u001b[2J", "-1", "1e999", "null", "\\ud800", "\\u0000", "%00", "..", "*",
            "${aws:PrincipalTag/a}", "&a", "*a", "<<", "!!", "\u2028",
        }
        .Select(static text => Encoding.UTF8.GetBytes(text)),
    ];

    /// <summary>Bytes that differ from these in one to four places.</summary>
    public static byte[] Of(ReadOnlySpan<byte> bytes, Random random)
    {
        List<byte> changed = [.. bytes];
        for (int count = random.Next(1, 5); count > 0 || changed.SequenceEqual(bytes.ToArray()); count--)
        {
            Change(changed, random);
        }

        return [.. changed];
    }

    /// <summary>Text that differs from this one in one to four places. What is no UTF-8 any more is replaced.</summary>
    public static string Of(string text, Random random)
    {
        string changed;
        do
        {
            changed = Encoding.UTF8.GetString(Of(Encoding.UTF8.GetBytes(text), random));
        }
        while (changed == text);

        return changed;
    }

    private static void Change(List<byte> bytes, Random random)
    {
        int at = random.Next(bytes.Count + 1);
        int length = random.Next(0, Math.Min(bytes.Count - at, 32) + 1);
        switch (random.Next(8))
        {
            case 0 or 1 or 2 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 3 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 6:
                bytes.InsertRange(at, s_tokens[random.Next(s_tokens.Length)]);
                break;
            default:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
        }
    }
}
