using System.Collections;
using System.Management.Automation;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Binding;

/// <summary>
/// Converts the values that a byte parameter accepts, as in AWS.Tools: text (as UTF-8, never as base64), bytes, streams, files and lines of
/// text. Anything else is left to PowerShell. The arrays that it makes are those of the cmdlet (<see cref="OwnBytes"/>).
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ByteArrayTransformationAttribute : ArgumentTransformationAttribute
{
    private const int InitialBufferSize = 4096;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? data = Unwrap(inputData);
        switch (data)
        {
            case string mark when KmsSecretBlob.IsMark(mark):
                throw new ArgumentTransformationMetadataException(
                    $"'{mark}' stands for secret bytes, which are not written to CSV, JSON, CLIXML or a job. "
                        + "Pass the object itself, or its ToArray().");
            case string text:
                return Encode([text], "");
            case byte[] bytes:
                return bytes;
            case MemoryStream memory:
                return OwnBytes.Own(memory.ToArray());
            case Stream stream:
                using (stream)
                {
                    return ReadToEnd(stream);
                }

            case FileInfo file:
                return OwnBytes.Own(File.ReadAllBytes(file.FullName));
            case IEnumerable items when items.Cast<object?>().All(static item => Unwrap(item) is string):
                return Encode([.. items.Cast<object?>().Select(static item => (string)Unwrap(item)!)], Environment.NewLine);
            default:
                RefuseRemains(inputData);
                return inputData;
        }
    }

    // What CLIXML, jobs and JSON make of a blob is an object without its bytes.
    private static void RefuseRemains(object? input)
    {
        if (input is PSObject { BaseObject: PSCustomObject } remains
            && (remains.TypeNames.Any(static name => name.StartsWith("Deserialized.System.IO.", StringComparison.Ordinal)
                    || name.StartsWith("Deserialized.KmsTools.", StringComparison.Ordinal))
                || (remains.Properties["CanRead"] is not null && remains.Properties["Length"] is not null)))
        {
            throw new ArgumentTransformationMetadataException(
                "This is what is left of a stream that was written to CLIXML or JSON or given to a job: it has no bytes. "
                    + (remains.Properties["Base64"] is { Value: string base64 } && !KmsSecretBlob.IsMark(base64)
                        ? "Its Base64 has them: [Convert]::FromBase64String($it.Base64)."
                        : "Pass its ToArray() there instead."));
        }
    }

    private static byte[] Encode(string[] lines, string lineEnd)
    {
        byte[] bytes = OwnBytes.Make(lines.Sum(line => Encoding.UTF8.GetByteCount(line) + lineEnd.Length));
        int length = 0;
        foreach (string line in lines)
        {
            length += Encoding.UTF8.GetBytes(line, bytes.AsSpan(length));
            length += Encoding.UTF8.GetBytes(lineEnd, bytes.AsSpan(length));
        }

        return bytes;
    }

    private static byte[] ReadToEnd(Stream stream)
    {
        byte[] buffer = new byte[InitialBufferSize];
        int length = 0;
        try
        {
            for (int read; (read = stream.Read(buffer, length, buffer.Length - length)) > 0;)
            {
                length += read;
                if (length == buffer.Length)
                {
                    byte[] larger = new byte[buffer.Length * 2];
                    buffer.CopyTo(larger, 0);
                    CryptographicOperations.ZeroMemory(buffer);
                    buffer = larger;
                }
            }

            byte[] bytes = OwnBytes.Make(length);
            buffer.AsSpan(0, length).CopyTo(bytes);
            return bytes;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(buffer);
        }
    }

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;
}
