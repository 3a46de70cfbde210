using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace KmsTools.Binding;

/// <summary>
/// The byte arrays that were made for a cmdlet from text, streams and files. They may hold a plaintext: each is zeroed when no parameter
/// has it any more. Arrays that the user made are not touched.
/// </summary>
internal sealed class OwnBytes
{
    // A transformation does not know its cmdlet, so it marks the arrays.
    private static readonly ConditionalWeakTable<byte[], object> Made = [];
    private static readonly object Mark = new();

    private List<byte[]> _bound = [];

    /// <summary>Makes an array that the garbage collector does not move, which would leave a copy.</summary>
    public static byte[] Make(int length) => Own(GC.AllocateUninitializedArray<byte>(length, pinned: true));

    /// <summary>Marks an array that was made for a cmdlet.</summary>
    public static byte[] Own(byte[] bytes)
    {
        Made.AddOrUpdate(bytes, Mark);
        return bytes;
    }

    /// <summary>Gives a value to the user, who may use it for as long as they like.</summary>
    public static void Release(object? value)
    {
        if (value is byte[] bytes)
        {
            Made.Remove(bytes);
        }
    }

    /// <summary>Zeroes the arrays that the parameters had before and no longer have.</summary>
    /// <param name="parameters">The values of the parameters from now on; none at the end.</param>
    public void Keep(IEnumerable<object?> parameters)
    {
        List<byte[]>? bound = null;
        foreach (object? value in parameters)
        {
            if (value is byte[] bytes && Made.TryGetValue(bytes, out _))
            {
                (bound ??= []).Add(bytes);
            }
        }

        foreach (byte[] former in _bound)
        {
            if (bound?.Contains(former) != true && Made.Remove(former))
            {
                CryptographicOperations.ZeroMemory(former);
            }
        }

        _bound = bound ?? [];
    }
}
