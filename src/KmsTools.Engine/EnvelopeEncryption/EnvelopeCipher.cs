using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// Encrypts streams of any length under data keys of KMS keys, in the message format of the AWS Encryption SDK, version 2, and decrypts
/// such messages, including those of other implementations. Memory does not depend on the length of the stream but on that of a frame.
/// </summary>
/// <param name="engine">Generates and decrypts the data keys.</param>
/// <param name="caller">The caller; null for the user of the operating system. Keys that are not named by their ARN are looked up in
/// the caller's Region.</param>
public sealed class EnvelopeCipher(KmsEngine engine, Caller? caller = null)
{
    private readonly DataKeyring _keyring = new(engine, caller ?? Caller.LocalUser(engine.Properties.AccountId));

    /// <summary>Encrypts.</summary>
    /// <param name="source">The content, up to its end.</param>
    /// <param name="destination">Receives the message. It is unusable when this fails.</param>
    /// <param name="options">The keys, and how the message is created.</param>
    /// <param name="progress">Receives how many bytes of the content were encrypted, on the same thread.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="KmsException">A key cannot be used.</exception>
    /// <exception cref="EnvelopeException">The message would break a rule of the format.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public EnvelopeResult Protect(
        Stream source,
        Stream destination,
        ProtectOptions options,
        IProgress<long>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfZero(options.KeyIds.Count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.KeyIds.Count, ushort.MaxValue);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.FrameLength, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.FrameLength, MessageHeader.MaxFrameLength);
        if (source.CanSeek)
        {
            MessageWriter.RequireFrames(source.Length - source.Position, options.FrameLength);
        }

        using MessageSignature signature = MessageSignature.Create(options.Suite);
        ImmutableSortedDictionary<string, string> context = CreateContext(options.EncryptionContext, signature.PublicKey);
        cancellation.ThrowIfCancellationRequested();
        (Secret dataKey, ImmutableArray<EncryptedDataKey> encrypted) = _keyring.Generate(options.KeyIds, context, options.GrantTokens);
        using (dataKey)
        {
            byte[] messageId = RandomNumberGenerator.GetBytes(AlgorithmSuite.MessageIdLength);
            using MessageKeys keys = MessageKeys.Derive(dataKey, options.Suite, messageId);
            MessageHeader header = new()
            {
                Suite = options.Suite,
                MessageId = [.. messageId],
                EncryptionContext = context,
                EncryptedDataKeys = encrypted,
                FrameLength = options.FrameLength,
                Commitment = keys.Commitment,
            };
            (long read, long written) = MessageWriter.Write(source, destination, header, keys, signature, progress, cancellation);
            return new EnvelopeResult
            {
                Header = header,
                KeyArn = Encoding.UTF8.GetString(encrypted[0].ProviderInfo.AsSpan()),
                PlaintextLength = read,
                MessageLength = written,
            };
        }
    }

    /// <summary>Decrypts.</summary>
    /// <param name="source">The message, up to its end.</param>
    /// <param name="destination">Receives the content, each frame once it is authenticated. It must be discarded when this fails: the
    /// signature and the order of the frames are known only at the end.</param>
    /// <param name="options">The requirements for the message.</param>
    /// <param name="progress">Receives how many bytes of the message were read, on the same thread.</param>
    /// <param name="cancellation">Cancels the operation.</param>
    /// <exception cref="KmsException">The only key that could open the message cannot be used.</exception>
    /// <exception cref="EnvelopeException">The message cannot be opened.</exception>
    /// <exception cref="OperationCanceledException">The operation was canceled.</exception>
    public EnvelopeResult Unprotect(
        Stream source,
        Stream destination,
        UnprotectOptions options,
        IProgress<long>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(destination);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.MaxEncryptedDataKeys, 1);
        string keyArn = "";
        (MessageHeader header, long read, long written) = MessageReader.Read(
            source,
            destination,
            options.MaxEncryptedDataKeys,
            header =>
            {
                RequireContext(header, options.RequiredContext);
                cancellation.ThrowIfCancellationRequested();
                (Secret dataKey, keyArn) = _keyring.Decrypt(header, options);
                return dataKey;
            },
            progress,
            cancellation);
        return new EnvelopeResult { Header = header, KeyArn = keyArn, PlaintextLength = written, MessageLength = read };
    }

    private static ImmutableSortedDictionary<string, string> CreateContext(IReadOnlyDictionary<string, string>? given, string? publicKey)
    {
        EncryptionContext.Require(given);
        ImmutableSortedDictionary<string, string>.Builder context = ImmutableSortedDictionary.CreateBuilder<string, string>(
            StringComparer.Ordinal);
        foreach ((string key, string value) in given ?? ImmutableSortedDictionary<string, string>.Empty)
        {
            context.Add(
                key,
                key.StartsWith(MessageHeader.ReservedPrefix, StringComparison.Ordinal) ? throw EnvelopeErrors.ReservedContext(key) : value);
        }

        if (publicKey is not null)
        {
            context.Add(MessageHeader.PublicKeyName, publicKey);
        }

        return context.ToImmutable();
    }

    private static void RequireContext(MessageHeader header, IReadOnlyDictionary<string, string>? required)
    {
        foreach ((string key, string value) in required ?? ImmutableSortedDictionary<string, string>.Empty)
        {
            bool present = header.EncryptionContext.TryGetValue(key, out string? found);
            if (!present || found != value)
            {
                throw EnvelopeErrors.MissingContext(key, present);
            }
        }
    }
}
