using System.Runtime.InteropServices;
using System.Security;
using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.Binding;

/// <summary>Reads PINs from SecureStrings without leaving copies in memory.</summary>
internal static class PinnedText
{
    /// <summary>The text as UTF-8, in pinned memory that is zeroed when the secret is disposed.</summary>
    public static Secret Utf8(SecureString text)
    {
        nint characters = Marshal.SecureStringToGlobalAllocUnicode(text);
        char[] pinned = GC.AllocateUninitializedArray<char>(text.Length, pinned: true);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(Encoding.UTF8.GetMaxByteCount(text.Length), pinned: true);
        try
        {
            Marshal.Copy(characters, pinned, 0, pinned.Length);
            return Secret.CopyOf(bytes.AsSpan(0, Encoding.UTF8.GetBytes(pinned, bytes)));
        }
        finally
        {
            Array.Clear(pinned);
            Array.Clear(bytes);
            Marshal.ZeroFreeGlobalAllocUnicode(characters);
        }
    }
}
