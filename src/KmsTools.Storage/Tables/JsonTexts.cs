using System.Text.Json;
using System.Text.Json.Serialization;

namespace KmsTools.Storage.Tables;

/// <summary>
/// Lists of texts, and lists of such lists, in one column. The code is generated when this is compiled: a store is read whenever one is
/// opened, and the serializer takes longer to look at its first type than all of its settings take.
/// </summary>
[JsonSerializable(typeof(string?[]))]
[JsonSerializable(typeof(string?[][]))]
internal sealed partial class JsonTexts : JsonSerializerContext
{
    public static string Write(IEnumerable<string> texts) => JsonSerializer.Serialize([.. texts], Default.StringArray);

    public static string Write(IEnumerable<IEnumerable<string?>> lists) =>
        JsonSerializer.Serialize([.. lists.Select(static list => list.ToArray())], Default.StringArrayArray);

    public static string[] ReadList(string json) => JsonSerializer.Deserialize(json, Default.StringArray)!;

    public static string?[][] ReadLists(string json) => JsonSerializer.Deserialize(json, Default.StringArrayArray)!;
}
