using System.Buffers.Binary;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// The initialization vectors of a message, none of which may occur twice: AES-GCM then protects nothing. Source: IV in Message Body of
/// the AWS Encryption SDK specification, which asks for uniqueness only. SDKs use the number of the frame, which costs no memory here.
/// </summary>
internal sealed class UsedIVs
{
    /// <summary>The maximum number of vectors compared that are not the numbers of frames, in less than 150 MiB of memory.</summary>
    public const int MaxOthers = 1 << 20;

    // The vectors from 0, that of the header, to this one are used. All others are in the set.
    private uint _lastNumber;
    private HashSet<UInt128>? _others;

    /// <summary>Adds the vector of a frame. The frames arrive in the order of their numbers, from 1.</summary>
    /// <returns>False when the message has used it before.</returns>
    /// <exception cref="EnvelopeException">There are too many to compare.</exception>
    public bool TryAdd(uint number, ReadOnlySpan<byte> iv)
    {
        UInt128 value = new(BinaryPrimitives.ReadUInt32BigEndian(iv), BinaryPrimitives.ReadUInt64BigEndian(iv[sizeof(uint)..]));
        if (_others is null && value == number)
        {
            _lastNumber = number;
            return true;
        }

        if (value <= _lastNumber)
        {
            return false;
        }

        _others ??= [];
        bool isNew = _others.Add(value);
        return _others.Count <= MaxOthers ? isNew : throw EnvelopeErrors.TooManyIVs(MaxOthers);
    }
}
