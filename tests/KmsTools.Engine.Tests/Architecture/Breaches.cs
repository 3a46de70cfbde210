using KmsTools.Operations;

namespace KmsTools.Architecture;

/// <summary>Stands for what nobody below may name, where the engine has no such thing.</summary>
[AttributeUsage(AttributeTargets.All)]
internal class RoofAttribute : Attribute;

internal sealed class RoofException : Exception;

internal sealed class BreachByBase : RoofAttribute;

internal sealed class BreachByAttribute
{
    [Roof]
    public int Value { get; init; }
}

internal sealed class BreachByConstraint<T>
    where T : Operation
{
    public T? Value { get; init; }
}

internal sealed class BreachByField
{
    private readonly List<Operation[]> _operations = [];

    public int Count => _operations.Count;
}

internal static class BreachBySignature
{
    public static bool IsNothing(OperationContext? context) => context is null;
}

internal static class BreachByCall
{
    public static int Count() => OperationCatalog.All.Count;
}

internal static class BreachByLambda
{
    public static Func<object, bool> Test(string name) => thing => name.Length > 0 && ((Operation)thing).Name == name;
}

internal static class BreachByIterator
{
    public static IEnumerable<string> Names(object thing)
    {
        yield return ((Operation)thing).Name;
    }
}

internal static class BreachByCast
{
    public static bool Is(object thing) => thing is KmsEngine;
}

internal static class BreachByGenericCall
{
    public static int Count(object[] things) => things.OfType<OperationContext>().Count();
}

internal static class BreachByCatch
{
    public static bool Try(Action work)
    {
        try
        {
            work();
            return true;
        }
        catch (RoofException)
        {
            return false;
        }
    }
}

/// <summary>Names what is below only, and says the names of what is above where that leaves no trace.</summary>
internal sealed class NoBreach
{
    private readonly List<Key> _keys = [];

    public string Text(KeySpec spec, long number) => number switch
    {
        0 => nameof(KmsEngine),
        1 => "KmsTools.Operations.Operation",
        2 => spec.ToString(),
        3 => 4611686018427387904L.ToString(System.Globalization.CultureInfo.InvariantCulture),
        4 => 2.5.ToString(System.Globalization.CultureInfo.InvariantCulture),
        _ => _keys.Count.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
