using System.Collections;
using System.Management.Automation;
using System.Text;

namespace KmsTools.Binding;

/// <summary>
/// Converts the values that a byte parameter accepts, as in AWS.Tools: text (as UTF-8, never as base64), bytes, streams, files and lines of
/// text. Anything else is left to PowerShell.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ByteArrayTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? data = Unwrap(inputData);
        switch (data)
        {
            case string text:
                return Encoding.UTF8.GetBytes(text);
            case byte[] bytes:
                return bytes;
            case MemoryStream memory:
                return memory.ToArray();
            case Stream stream:
                using (stream)
                {
                    using MemoryStream copy = new();
                    stream.CopyTo(copy);
                    return copy.ToArray();
                }

            case FileInfo file:
                return File.ReadAllBytes(file.FullName);
            case IEnumerable items when items.Cast<object?>().All(static item => Unwrap(item) is string):
                return Encoding.UTF8
                    .GetBytes(string.Concat(items.Cast<object?>().Select(static item => (string)Unwrap(item)! + Environment.NewLine)));
            default:
                return inputData;
        }
    }

    private static object? Unwrap(object? value) => value is PSObject wrapper ? wrapper.BaseObject : value;
}
